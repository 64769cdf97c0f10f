// ASCII text: case, trimming, numbers, hex, base64, escaping. Locale never matters here.
// Anything that needs Unicode is in base/unicode.h.
#pragma once
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::base {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || is_alpha(c);
}

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view text, std::string_view prefix);
// Position of the first case-insensitive (ASCII) occurrence, or npos.
size_t ifind(std::string_view text, std::string_view needle);

// Without leading and trailing spaces, tabs, CR and LF.
std::string_view trim(std::string_view text);
// "a,b,,c" -> {"a","b","","c"}; an empty text gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& pieces, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// The whole text as a decimal number; nothing on sign where unsigned, junk, overflow or emptiness.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string hex_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);
// RFC 4648 section 4, padded, one line.
std::string base64_encode(std::string_view bytes);
// Strict: padding needed, no blanks, no junk (RFC 4648 3.3).
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

// Printable ASCII and valid UTF-8 stay; controls, DEL and broken bytes become \xNN, backslash \\.
// For everything that reaches a log, a terminal or an error text.
std::string escape_controls(std::string_view text);

// Equal without leaking the position of the first difference; the lengths may leak.
bool equal_constant_time(std::string_view a, std::string_view b);
// Gives the memory back. Assigning an empty string would keep it for the next text.
void release(std::string& text);
// Overwrites a secret in a way that the compiler keeps.
void wipe(std::string& secret);

}  // namespace tegu::base
