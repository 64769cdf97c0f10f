// Modified UTF-7, the encoding of mailbox names in IMAP4rev1 (RFC 3501 5.1.3).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tegu::wire::imap {

// From valid UTF-8. Printable ASCII stays; everything else is shifted.
std::string mutf7_encode(std::string_view utf8);

// Nothing when the text is not modified UTF-7: 8-bit or control characters, a shift that is not
// closed, base64 that is broken or not canonical (padding bits, ASCII inside, two shifts in a row),
// lone surrogates. So each name has exactly one spelling.
[[nodiscard]] std::optional<std::string> mutf7_decode(std::string_view text);

}  // namespace tegu::wire::imap
