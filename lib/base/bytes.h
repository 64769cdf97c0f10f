// Packed binary: writers and readers of varints, fixed numbers and counted strings, for what we
// store in bytea columns. A reader treats its input as hostile: it never reads past the end and
// says so by failing.
#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tegu::base {

// Appends to a string. Varint: LEB128, 7 bits a byte, least significant first, at most 10 bytes.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void byte(uint8_t value) { out_ += static_cast<char>(value); }
  void varint(uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    byte(static_cast<uint8_t>(value));
  }
  // Signed by zigzag, so that small negatives stay small.
  void svarint(int64_t value) {
    varint(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }
  void counted(std::string_view bytes) {
    varint(bytes.size());
    out_ += bytes;
  }

 private:
  std::string& out_;
};

// After the first failure every read gives 0 or empty, and ok() stays false: check once at the end
// (and before allocating by a count that was read).
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  uint8_t byte() {
    if (rest_.empty()) return fail();
    auto value = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      uint8_t next = byte();
      if (shift == 63 && next > 1) return fail();
      value |= static_cast<uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return ok_ ? value : 0;
    }
    return fail();
  }
  int64_t svarint() {
    uint64_t value = varint();
    return static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }
  std::string_view counted() {
    uint64_t length = varint();
    if (length > rest_.size()) {
      fail();
      return {};
    }
    std::string_view bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return bytes;
  }
  size_t left() const { return rest_.size(); }
  bool at_end() const { return rest_.empty(); }
  bool ok() const { return ok_; }
  uint8_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tegu::base
