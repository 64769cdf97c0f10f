#include "wire/imap/flags.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tegu::wire::imap {
namespace {

constexpr std::array<std::string_view, 10> known = {
    "\\Seen",     "\\Answered", "\\Flagged", "\\Deleted", "\\Draft",
    "$Forwarded", "$MDNSent",   "$Junk",     "$NotJunk",  "$Phishing"};

bool is_keyword_char(char c) {
  return c > ' ' && c < 0x7f && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}

}  // namespace

std::optional<std::string> canonical_flag(std::string_view text) {
  for (std::string_view flag : known)
    if (base::iequals(flag, text)) return std::string(flag);
  if (text.empty() || text.size() > 100 || !std::ranges::all_of(text, is_keyword_char))
    return std::nullopt;
  return std::string(text);
}

}  // namespace tegu::wire::imap
