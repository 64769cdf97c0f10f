#include "wire/mime/wire_list.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::wire::mime {

void append_string(std::string& out, std::string_view text) {
  bool literal = std::ranges::any_of(
      text, [](unsigned char c) { return c >= 0x80 || c == '\r' || c == '\n'; });
  if (literal) {
    auto nuls = static_cast<size_t>(std::ranges::count(text, '\0'));
    out += '{' + std::to_string(text.size() - nuls) + "}\r\n";
  } else {
    out += '"';
  }
  for (char c : text) {
    if (c == '\0') continue;
    if (!literal && (c == '"' || c == '\\')) out += '\\';
    out += c;
  }
  if (!literal) out += '"';
}

void append_nstring(std::string& out, const std::optional<std::string>& text) {
  if (text) {
    append_string(out, *text);
  } else {
    out += "NIL";
  }
}

// Length of the quoted string or literal at the start of text, or 0.
static size_t string_length(std::string_view text) {
  if (text.starts_with('"')) {
    for (size_t i = 1; i < text.size(); i++) {
      auto c = static_cast<unsigned char>(text[i]);
      if (c == '"') return i + 1;
      if (c == '\\') {
        if (++i == text.size() || (text[i] != '"' && text[i] != '\\')) return 0;
      } else if (c == 0 || c == '\r' || c == '\n' || c >= 0x80) {
        return 0;
      }
    }
    return 0;
  }
  size_t close = text.substr(0, 24).find("}\r\n");
  if (!text.starts_with('{') || close == std::string_view::npos) return 0;
  auto size = base::parse_number<uint64_t>(text.substr(1, close - 1));
  size_t begin = close + 3;
  if (!size || *size > text.size() - begin) return 0;
  return text.substr(begin, *size).contains('\0') ? 0 : begin + *size;
}

bool is_wire_list(std::string_view text) {
  size_t depth = 0;
  bool blank_before = true;  // an item may come now
  while (!text.empty()) {
    size_t length = 1;
    if (text.front() == '(') {
      // Addresses stand side by side: "((...)(...))".
      if (++depth > 8) return false;
      blank_before = true;
    } else if (text.front() == ')') {
      if (depth == 0) return false;
      blank_before = false;
      if (--depth == 0) return text.size() == 1;
    } else if (text.front() == ' ') {
      if (depth == 0 || blank_before) return false;
      blank_before = true;
    } else {
      length = text.starts_with("NIL") ? 3 : string_length(text);
      if (depth == 0 || !blank_before || length == 0) return false;
      blank_before = false;
    }
    text.remove_prefix(length);
  }
  return false;
}

}  // namespace tegu::wire::mime
