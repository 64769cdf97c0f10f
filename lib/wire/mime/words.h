// Text in header fields: encoded words (RFC 2047) and charsets.
#pragma once
#include <string>
#include <string_view>

namespace tegu::wire::mime {

// Bytes in a charset as senders name it, to UTF-8. Some names mean more than they say (iso-8859-1
// is windows-1252, gb2312 is gb18030 ...); unknown ones are read as UTF-8. Broken bytes become
// U+FFFD.
std::string text_to_utf8(std::string_view charset, std::string_view bytes);

// An unstructured value, or a phrase, folded or not, as UTF-8 for people and for searching.
// Characters that senders split between neighbouring words are joined; what is no valid word stays;
// raw 8-bit is read as UTF-8; CR, LF and NUL never come out of a word.
std::string decode_words(std::string_view value);

// An unstructured value for a header: ASCII stays, the stretch from the first to the last word that
// is not becomes encoded words of at most 75 characters, separated by blanks (fold_header folds
// there). Line ends and other controls become blanks.
std::string encode_words(std::string_view utf8);

// A display name: an atom sequence, a quoted string or encoded words, whatever it needs.
std::string encode_phrase(std::string_view utf8);

// "Name: value" and CRLF, folded at blanks so that lines have at most 78 characters where the value
// lets them (RFC 5322 2.1.1). Line ends and NUL in the value become blanks: no field can be
// smuggled.
std::string fold_header(std::string_view name, std::string_view value);

}  // namespace tegu::wire::mime
