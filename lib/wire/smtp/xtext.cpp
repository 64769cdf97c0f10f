#include "wire/smtp/xtext.h"

#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "base/unicode.h"

namespace tegu::wire::smtp {
namespace {

bool is_plain(char c) {
  return c >= '!' && c <= '~' && c != '+' && c != '=';
}

void append_utf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  int tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(lead[tail] | point >> (6 * tail));
  while (tail-- > 0) out += static_cast<char>(0x80 | (point >> (6 * tail) & 0x3f));
}

uint32_t code_point(std::string_view sequence) {
  auto first = static_cast<unsigned char>(sequence.front());
  uint32_t point = sequence.size() == 1 ? first : first & (0x7f >> sequence.size());
  for (char c : sequence.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return point;
}

}  // namespace

std::string xtext_encode(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size());
  for (char c : bytes) {
    if (is_plain(c)) {
      out += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      out += '+';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

std::optional<std::string> xtext_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '+') {
      if (!is_plain(text[i])) return {};
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return {};
    std::string_view hex = text.substr(i + 1, 2);
    if (hex != base::to_upper(hex)) return {};
    auto byte = base::hex_decode(hex);
    if (!byte) return {};
    out += *byte;
    i += 2;
  }
  return out;
}

std::optional<std::string> utf8_addr_decode(std::string_view text) {
  if (!base::is_utf8(text)) return {};
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c != '\\') {
      if (static_cast<unsigned char>(c) < 0x80 && !is_plain(c)) return {};
      out += c;
      continue;
    }
    std::string_view rest = text.substr(i);
    size_t end = rest.find('}');
    if (!rest.starts_with("\\x{") || end == std::string_view::npos || end > 9) return {};
    uint32_t point = 0;
    std::string_view hex = rest.substr(3, end - 3);
    auto [stop, error] = std::from_chars(hex.data(), hex.data() + hex.size(), point, 16);
    if (error != std::errc{} || stop != hex.data() + hex.size()) return {};
    if (point < 0x20 || point == 0x7f || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
      return {};
    append_utf8(out, point);
    i += end;
  }
  return out;
}

std::string utf8_addr_encode(std::string_view utf8) {
  std::string valid = base::to_valid_utf8(utf8);
  std::string out;
  for (std::string_view rest = valid; !rest.empty();) {
    size_t length = base::utf8_sequence_length(rest);
    char c = rest.front();
    if (length == 1 && is_plain(c) && c != '\\') {
      out += c;
    } else {
      char hex[8];
      auto [end, error] =
          std::to_chars(hex, hex + sizeof hex, code_point(rest.substr(0, length)), 16);
      out += "\\x{" + base::to_upper(std::string_view(hex, end)) + "}";
    }
    rest.remove_prefix(length);
  }
  return out;
}

}  // namespace tegu::wire::smtp
