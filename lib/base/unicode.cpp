#include "base/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/ucnv.h>
#include <unicode/uidna.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/error.h"
#include "base/handle.h"
#include "base/text.h"

namespace tegu::base {

using ConverterPtr = Handle<UConverter, ucnv_close>;
using IdnaPtr = Handle<UIDNA, uidna_close>;

size_t utf8_sequence_length(std::string_view text) {
  auto byte = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  auto tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  if (text.empty()) return 0;
  unsigned c = byte(0);
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) return tail(1) ? 2 : 0;
  if (c >= 0xe0 && c <= 0xef) {
    unsigned low = c == 0xe0 ? 0xa0 : 0x80, high = c == 0xed ? 0x9f : 0xbf;
    return byte(1) >= low && byte(1) <= high && tail(2) ? 3 : 0;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    unsigned low = c == 0xf0 ? 0x90 : 0x80, high = c == 0xf4 ? 0x8f : 0xbf;
    return byte(1) >= low && byte(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t length = utf8_sequence_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string fold_case(std::string_view utf8) {
  if (is_ascii(utf8)) return to_lower(utf8);
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status)) bug("ICU has no NFKC casefold data");
  auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
  std::string out;
  normalizer->normalize(text, status).toUTF8String(out);
  return U_FAILURE(status) ? to_lower(utf8) : out;
}

std::string to_nfc(std::string_view utf8) {
  if (is_ascii(utf8)) return std::string(utf8);
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) bug("ICU has no NFC data");
  auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
  std::string out;
  normalizer->normalize(text, status).toUTF8String(out);
  return U_FAILURE(status) || !is_utf8(utf8) ? std::string(utf8) : out;
}

static bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (auto label : split(name, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    if (!std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-' || c == '_'; })) {
      return false;
    }
  }
  return true;
}

static std::string idna(std::string_view domain, bool to_ascii, bool& failed) {
  UErrorCode status = U_ZERO_ERROR;
  IdnaPtr converter(uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII |
                                        UIDNA_NONTRANSITIONAL_TO_UNICODE | UIDNA_CHECK_BIDI |
                                        UIDNA_CHECK_CONTEXTJ,
                                    &status));
  if (U_FAILURE(status)) bug("ICU has no IDNA data");
  std::string out(1024, '\0');
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  auto* convert = to_ascii ? uidna_nameToASCII_UTF8 : uidna_nameToUnicodeUTF8;
  int32_t length = convert(converter.get(), domain.data(), static_cast<int32_t>(domain.size()),
                           out.data(), static_cast<int32_t>(out.size()), &info, &status);
  failed = U_FAILURE(status) || info.errors != 0;
  if (!U_FAILURE(status)) out.resize(static_cast<size_t>(length));
  return out;
}

std::optional<std::string> domain_to_ascii(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.size() > 1000) return std::nullopt;
  std::string name = to_lower(domain);
  if (!is_ascii(domain)) {
    bool failed = false;
    name = idna(domain, true, failed);
    if (failed) return std::nullopt;
  }
  if (!is_host_name(name)) return std::nullopt;
  return name;
}

std::string domain_to_unicode(std::string_view domain) {
  if (domain.find("xn--") == std::string_view::npos || domain.size() > 253) {
    return std::string(domain);
  }
  bool failed = false;
  std::string name = idna(domain, false, failed);
  return failed ? std::string(domain) : name;
}

std::optional<std::string> charset_to_utf8(std::string_view charset, std::string_view bytes) {
  if (iequals(charset, "utf-8") || iequals(charset, "us-ascii")) return to_valid_utf8(bytes);
  if (charset.empty() || charset.size() > 60 || charset.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  UErrorCode status = U_ZERO_ERROR;
  ConverterPtr converter(ucnv_open(std::string(charset).c_str(), &status));
  if (U_FAILURE(status)) return std::nullopt;
  if (bytes.size() > INT32_MAX / 4) return std::nullopt;
  icu::UnicodeString text(bytes.data(), static_cast<int32_t>(bytes.size()), converter.get(),
                          status);
  if (U_FAILURE(status)) return std::nullopt;
  std::string out;
  text.toUTF8String(out);
  return out;
}

}  // namespace tegu::base
