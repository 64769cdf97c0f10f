// UTF-8, case folding, charsets and internationalised domain names (ICU behind it).
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::base {

// Length of the well-formed UTF-8 sequence at the start of text (RFC 3629: no overlongs, no
// surrogates, at most U+10FFFF), or 0.
size_t utf8_sequence_length(std::string_view text);
bool is_utf8(std::string_view text);
bool is_ascii(std::string_view text);
// Broken bytes become U+FFFD.
std::string to_valid_utf8(std::string_view text);

// Full Unicode case folding after NFKC, for comparing and searching text.
std::string fold_case(std::string_view utf8);

// Normalisation form C (RFC 5198); the text itself when it is not UTF-8.
std::string to_nfc(std::string_view utf8);

// A domain as the DNS has it: IDNA 2008 (UTS 46, non-transitional) A-labels in lower case, without
// a final dot; nothing when it is not a host name (RFC 5890, 63 octets a label, 253 in all).
[[nodiscard]] std::optional<std::string> domain_to_ascii(std::string_view domain);
// For people's eyes; an undecodable label stays as it is.
std::string domain_to_unicode(std::string_view domain);

// Any charset that ICU knows by that name, to UTF-8; undecodable bytes become U+FFFD. Nothing when
// the charset is unknown.
[[nodiscard]] std::optional<std::string> charset_to_utf8(std::string_view charset,
                                                         std::string_view bytes);

}  // namespace tegu::base
