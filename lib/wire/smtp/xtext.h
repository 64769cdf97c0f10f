// xtext of RFC 3461 4 and the address forms of RFC 6533 3: printable text for ESMTP parameters.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tegu::wire::smtp {

// Bytes outside "!".."~", "+" and "=" as "+HH".
std::string xtext_encode(std::string_view bytes);
// Strict: upper-case hex only, no blanks, nothing above 127.
[[nodiscard]] std::optional<std::string> xtext_decode(std::string_view text);

// The address of an ORCPT with type "utf-8": UTF-8 as it is, or "\x{HEX}" for a code point
// (utf-8-addr-xtext, utf-8-addr-unitext). Nothing on junk or broken UTF-8.
[[nodiscard]] std::optional<std::string> utf8_addr_decode(std::string_view text);
// utf-8-addr-xtext: everything beyond printable ASCII, and "\", "+", "=", as "\x{HEX}". For broken
// UTF-8: U+FFFD.
std::string utf8_addr_encode(std::string_view utf8);

}  // namespace tegu::wire::smtp
