// What the fuzz targets share: a check that stays in every build, and bytes that come in pieces.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string_view>

namespace tegu::fuzz {

inline void require(bool holds, std::source_location here = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: does not hold\n", here.file_name(), unsigned{here.line()});
  std::abort();
}

inline std::string_view view(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first byte, which chooses how the rest is fed; 0 when there is none.
inline uint8_t take_choice(std::string_view& bytes) {
  if (bytes.empty()) return 0;
  auto choice = static_cast<uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  return choice;
}

// Cuts a stream at places that look random and are the same for the same seed.
class Pieces {
 public:
  explicit Pieces(uint8_t seed) : state_(seed * 2654435761U + 1) {}

  // At least one byte while there are any.
  std::string_view next(std::string_view& rest) {
    state_ = state_ * 1664525 + 1013904223;
    // Short pieces mostly, sometimes a long one.
    size_t size = 1 + (state_ >> 24) % ((state_ >> 20 & 3) == 0 ? 64 : 5);
    std::string_view piece = rest.substr(0, size);
    rest.remove_prefix(piece.size());
    return piece;
  }

 private:
  uint32_t state_;
};

}  // namespace tegu::fuzz
