// Flags of messages (RFC 9051 2.3.2): system flags begin with a backslash, keywords are atoms.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tegu::wire::imap {

// "\seen" -> "\Seen"; the registered keywords of RFC 5788 and 9051 ("$forwarded" -> "$Forwarded")
// get their usual case, others stay. Flags are compared without case. Nothing when it is no flag
// that a client may store: \Recent, an unknown system flag, not an atom, over 100 bytes.
[[nodiscard]] std::optional<std::string> canonical_flag(std::string_view text);

}  // namespace tegu::wire::imap
