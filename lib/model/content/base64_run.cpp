#include "model/content/base64_run.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace tegu::model::content {

// Below this the gain is not worth a look.
static constexpr size_t least_size = 1024;
static constexpr size_t probe_size = 32;
static constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// A digit's value at each of the four places of a group; the topmost bit: no digit.
static constexpr uint32_t no_digit = 1U << 31;
using Places = std::array<std::array<uint32_t, 256>, 4>;
static constexpr Places places = [] {
  Places all;
  for (auto& place : all) place.fill(no_digit);
  for (uint32_t value = 0; value < 64; value++)
    for (unsigned place = 0; place < 4; place++)
      all[place][static_cast<unsigned char>(base64_digits[value])] = value << (18 - 6 * place);
  return all;
}();

// The digits of 12 bits.
using Pair = std::array<char, 2>;
static constexpr std::array<Pair, 4096> pairs = [] {
  std::array<Pair, 4096> all{};
  for (size_t i = 0; i < all.size(); i++) all[i] = {base64_digits[i >> 6], base64_digits[i & 63]};
  return all;
}();

// Appends what the digits stand for; false when some are none.
static bool decode(std::string& out, std::string_view digits) {
  size_t before = out.size(), size = before + digits.size() / 4 * 3;
  uint32_t seen = 0;
  // The second argument may be the capacity (libstdc++ 12).
  out.resize_and_overwrite(size, [&](char* all, size_t) {
    const auto* in = reinterpret_cast<const unsigned char*>(digits.data());
    for (char* at = all + before; at != all + size; at += 3, in += 4) {
      uint32_t group = places[0][in[0]] | places[1][in[1]] | places[2][in[2]] | places[3][in[3]];
      seen |= group;
      at[0] = static_cast<char>(group >> 16);
      at[1] = static_cast<char>(group >> 8);
      at[2] = static_cast<char>(group);
    }
    return size;
  });
  if (seen & no_digit) out.resize(before);
  return !(seen & no_digit);
}

// The lines of this many digits from `begin`.
static void read_run(Base64Run& run, std::string_view text, size_t begin, size_t digits) {
  run.begin = begin;
  run.lines = 0;
  run.digits = digits;
  run.octets.clear();
  while (text.size() - run.end() >= digits + 2 && text.substr(run.end() + digits, 2) == "\r\n" &&
         decode(run.octets, text.substr(run.end(), digits)))
    run.lines++;
}

// The first line from `at` on, which is the beginning of one, with which a run of least_size octets
// may begin. Every such run has a probe in its first half, and not one digit in it that is none.
static size_t skip_text(std::string_view text, size_t at) {
  auto is_strange = [](char c) {
    return (places[0][static_cast<unsigned char>(c)] & no_digit) && c != '\r' && c != '\n';
  };
  for (size_t probe = at; text.size() - probe >= least_size / 2; probe += least_size / 2) {
    if (std::ranges::any_of(text.substr(probe, probe_size), is_strange)) continue;
    if (probe == at) return at;
    size_t end = text.find("\r\n", probe - least_size / 2);
    return end == text.npos ? text.size() : end + 2;
  }
  return text.size();
}

std::optional<Base64Run> find_base64_run(std::string_view text) {
  Base64Run best, next;
  for (size_t at = 0; (at = skip_text(text, at)) < text.size();) {
    size_t end = text.find("\r\n", at);
    if (end == text.npos) break;
    size_t digits = end - at;
    next.lines = 0;
    if (digits >= 4 && digits <= max_run_digits && digits % 4 == 0)
      read_run(next, text, at, digits);
    at = next.lines > 0 ? next.end() : end + 2;
    if (next.size() > best.size()) std::swap(best, next);
  }
  if (best.size() < least_size) return std::nullopt;
  return best;
}

void write_base64_lines(char* out, std::string_view octets, size_t digits) {
  const auto* in = reinterpret_cast<const unsigned char*>(octets.data());
  for (const auto* end = in + octets.size(); in != end;) {
    for (size_t i = 0; i < digits; i += 4, in += 3, out += 4) {
      uint32_t group = uint32_t{in[0]} << 16 | uint32_t{in[1]} << 8 | in[2];
      memcpy(out, pairs[group >> 12].data(), 2);
      memcpy(out + 2, pairs[group & 4095].data(), 2);
    }
    *out++ = '\r';
    *out++ = '\n';
  }
}

}  // namespace tegu::model::content
