// Writing strings into IMAP responses that any IMAP4rev1 client reads: quoted strings where the
// bytes allow it, literals otherwise (RFC 9051 4.3, RFC 3501 4.3).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tegu::wire::mime {

// Quoted when 7-bit without CR and LF, else "{n}\r\n" and the bytes. NUL cannot be sent (CHAR8) and
// is left out.
void append_string(std::string& out, std::string_view text);
// NIL for nothing.
void append_nstring(std::string& out, const std::optional<std::string>& text);

// Whether text is one parenthesised list of NIL, strings, literals and lists (at most 8 deep) with
// single blanks between, and nothing else: what a stored ENVELOPE must be before it is sent.
bool is_wire_list(std::string_view text);

}  // namespace tegu::wire::mime
