// Lines of base64 in a body, as their octets: an attachment is stored as it was before it was
// encoded, a quarter smaller, and comes back letter by letter.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::model::content {

// `lines` lines of `digits` base64 digits (a multiple of 4, no padding) and CRLF each, from octet
// `begin` of a text.
struct Base64Run {
  size_t begin = 0;
  size_t lines = 0;
  size_t digits = 0;
  std::string octets;  // that they stand for

  size_t size() const { return lines * (digits + 2); }
  size_t end() const { return begin + size(); }
};

// Longer lines than any mail program makes are left as they are.
inline constexpr size_t max_run_digits = 1020;

// The longest run of the text, of 1 KiB at least. Linear in the text.
std::optional<Base64Run> find_base64_run(std::string_view text);
// Writes run.size() octets: the lines of `octets`, of which there are lines * digits / 4 * 3.
void write_base64_lines(char* out, std::string_view octets, size_t digits);

}  // namespace tegu::model::content
