// Content-Type, Content-Disposition and their parameters (RFC 2045 5.1, RFC 2183), with RFC 2231
// continuations joined and charsets decoded.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mime/limits.h"

namespace tegu::wire::mime {

// Name in lower case. Continuations are joined (RFC 2231 section 6 asks IMAP servers to); a value
// with a charset keeps its name's '*' and its percent encoding: {"filename*", "utf-8''%E2%82%AC"}.
struct Param {
  std::string name;
  std::string value;
  bool operator==(const Param&) const = default;
};
using Params = std::vector<Param>;

// Lower case. Without a type or subtype that is a token: text/plain (RFC 2045 5.2), the parameters
// kept.
struct ContentType {
  std::string type = "text";
  std::string subtype = "plain";
  Params params;
  bool operator==(const ContentType&) const = default;
};
ContentType parse_content_type(std::string_view value, const Limits& limits = {});

// Kind in lower case, empty when there is none.
struct Disposition {
  std::string kind;
  Params params;
  bool operator==(const Disposition&) const = default;
};
Disposition parse_disposition(std::string_view value, const Limits& limits = {});

// The raw value of the first parameter of exactly that (lower case) name, or null.
const std::string* find_param(const Params& params, std::string_view name);
// As UTF-8: "name*" before "name", which may hold encoded words (against RFC 2047 5, but common).
[[nodiscard]] std::optional<std::string> param_text(const Params& params, std::string_view name);

// charset'language'%XX text to UTF-8 (RFC 2231 section 4); an unknown charset counts as UTF-8.
std::string decode_extended(std::string_view value);

}  // namespace tegu::wire::mime
