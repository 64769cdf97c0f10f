#include "wire/imap/mutf7.h"

#include <cstdint>

#include "base/unicode.h"

namespace tegu::wire::imap {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_direct(char c) {
  return c >= 0x20 && c <= 0x7e;
}

uint32_t code_point(std::string_view sequence) {
  auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(sequence[i])); };
  switch (sequence.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3:
      return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 |
             (byte(3) & 0x3f);
  }
}

void write_utf8(std::string& out, uint32_t c) {
  auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

// UTF-16 units packed into base64 without padding.
class Shift {
 public:
  explicit Shift(std::string& out) : out_(out) {}
  void unit(uint32_t value) {
    bits_ = bits_ << 16 | value;
    count_ += 16;
    while (count_ >= 6) {
      count_ -= 6;
      out_ += alphabet[bits_ >> count_ & 0x3f];
    }
  }
  void end() {
    if (count_ > 0) out_ += alphabet[bits_ << (6 - count_) & 0x3f];
  }

 private:
  std::string& out_;
  uint64_t bits_ = 0;
  unsigned count_ = 0;
};

// The inside of "&...-". UTF-16 to UTF-8; false when not canonical.
bool decode_shift(std::string_view inside, std::string& out) {
  uint32_t bits = 0, high = 0;
  unsigned count = 0;
  for (char c : inside) {
    size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    uint32_t unit = bits >> count & 0xffff;
    bits &= (1u << count) - 1;
    if (high != 0) {
      if (unit < 0xdc00 || unit > 0xdfff) return false;
      write_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
      high = 0;
    } else if (unit >= 0xd800 && unit <= 0xdbff) {
      high = unit;
    } else if ((unit >= 0xdc00 && unit <= 0xdfff) || (unit >= 0x20 && unit <= 0x7e)) {
      return false;
    } else {
      write_utf8(out, unit);
    }
  }
  return high == 0 && count < 6 && bits == 0;
}

}  // namespace

std::string mutf7_encode(std::string_view utf8) {
  std::string out;
  while (!utf8.empty()) {
    if (is_direct(utf8.front())) {
      out += utf8.front();
      if (utf8.front() == '&') out += '-';
      utf8.remove_prefix(1);
      continue;
    }
    out += '&';
    Shift shift(out);
    while (!utf8.empty() && !is_direct(utf8.front())) {
      size_t length = base::utf8_sequence_length(utf8);
      uint32_t c = length == 0 ? 0xfffd : code_point(utf8.substr(0, length));
      utf8.remove_prefix(length == 0 ? 1 : length);
      if (c >= 0x10000) {
        shift.unit(0xd800 + ((c - 0x10000) >> 10));
        shift.unit(0xdc00 + ((c - 0x10000) & 0x3ff));
      } else {
        shift.unit(c);
      }
    }
    shift.end();
    out += '-';
  }
  return out;
}

std::optional<std::string> mutf7_decode(std::string_view text) {
  std::string out;
  bool after_shift = false;
  while (!text.empty()) {
    char c = text.front();
    if (!is_direct(c)) return std::nullopt;
    if (c != '&') {
      out += c;
      text.remove_prefix(1);
      after_shift = false;
      continue;
    }
    size_t end = text.find('-');
    if (end == std::string_view::npos) return std::nullopt;
    if (end == 1) {
      out += '&';
      after_shift = false;
    } else {
      // RFC 3501 5.1.3: two shifts in a row ("&...-&...-") are superfluous.
      if (after_shift || !decode_shift(text.substr(1, end - 1), out)) return std::nullopt;
      after_shift = true;
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace tegu::wire::imap
