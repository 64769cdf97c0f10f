// Shapes for the values of header fields: addresses, encoded words, parameters (wire/mime). A field
// is cut at 64 KiB, so larger ones only show that the cut holds.
#include "wire/mime/header.h"
#include "shapes.h"
#include "wire/mime/address.h"
#include "wire/mime/params.h"
#include "wire/mime/words.h"

namespace tegu::doubling {
namespace {

using namespace wire::mime;

void addresses(std::string_view value) {
  for (auto& address : parse_addresses(value)) (void)address.spec();
}

void ids(std::string_view value) {
  (void)message_ids(value);
}

void words(std::string_view value) {
  (void)decode_words(value);
}

void params(std::string_view value) {
  auto type = parse_content_type(value);
  (void)param_text(type.params, "n");
  (void)parse_disposition(value);
}

void compose(std::string_view value) {
  (void)fold_header("Subject", encode_words(value));
  (void)encode_phrase(value);
}

}  // namespace

std::vector<Shape> header_shapes() {
  auto of = [](std::string_view piece, std::string_view before = {}, std::string_view after = {}) {
    return [=](size_t size) { return repeat(size, piece, before, after); };
  };
  auto numbered = [](std::string_view piece, std::string_view before = {},
                     std::string_view after = {}) {
    return [=](size_t size) { return counted(size, piece, before, after); };
  };
  auto unlimited = [](std::string_view value) {
    Limits limits;
    limits.params = 1'000'000;
    (void)parse_content_type(value, limits);
  };
  constexpr size_t field = 64 * kib, most = 4 * mib;
  return {
      {"address: many", of("a b <c@d.org>, "), addresses, most},
      {"address: groups", of("g: a@b, c@d; "), addresses, most},
      {"address: groups without end", of("g:"), addresses, most},
      {"address: words", of("a "), addresses, most},
      {"address: joined words", of("a. "), addresses, most},
      {"address: joined words, at", of("a. ", "", "@b"), addresses, most},
      {"address: at signs", of("a@"), addresses, most},
      {"address: angles", of("<"), addresses, most},
      {"address: angles and words", of("a <"), addresses, most},
      {"address: routes", of("<@a,@b:c@d>,"), addresses, most},
      {"address: one route", of("@a,", "<", ":a@b>"), addresses, most},
      {"address: quotes", of("\"a\" "), addresses, most},
      {"address: quote without end", of("a", "\""), addresses, most},
      {"address: comments", of("(a)"), addresses, most},
      {"address: comments behind", of("a@b (c),"), addresses, most},
      {"address: nested comments", of("("), addresses, most},
      {"address: 31 nested comments",
       [](size_t size) { return repeat(size, std::string(31, '(') + std::string(31, ')')); },
       addresses, most},
      {"address: literals", of("a@[b],"), addresses, most},
      {"address: literals without end", of("a@[b,"), addresses, most},
      {"address: junk", of(")];,"), addresses, most},
      {"message ids: many", of("<a@b> "), ids, most},
      {"message ids: without end", of("<a"), ids, most},
      {"message ids: quotes", of("\""), ids, most},
      {"words: back to back", of("=?utf-8?q?a?= "), words, most},
      {"words: many charsets", of("=?utf-8?q?a?= =?koi8-r?b?YQ==?= "), words, most},
      {"words: one", of("=41", "=?utf-8?q?", "?="), words, most},
      {"words: without end", of("=?utf-8?q?a "), words, most},
      {"words: far end", of("=?utf-8?q?a ", "", "?="), words, most},
      {"words: beginnings", of("=?"), words, most},
      {"words: almost", of("=?a?x?b?= "), words, most},
      {"words: charset without end", of("a", "=?"), words, most},
      {"words: blanks", of(" "), words, most},
      {"words: word and blanks", of("=?utf-8?q?a?=      "), words, most},
      {"words: folded", of("a\r\n "), words, most},
      {"words: broken UTF-8", of("\xf0\x9f"), words, most},
      {"params: many", numbered(" a#=b;", "text/plain;"), params, most},
      {"params: continuations", numbered(" n*#=b;", "text/plain;"), params, most},
      {"params: continuations, unlimited", numbered(" n*#*=%41;", "text/plain;"), unlimited, field},
      {"params: equal continuations", of(" n*0=b;", "text/plain;"), unlimited, field},
      {"params: extended", of("%41", "text/plain; n*=utf-8''"), params, most},
      {"params: mixed sections", of("a b", "text/plain; n*0*=''; n*1=\"", "\""), params, most},
      {"params: equals", of("= ", "text/plain;"), params, most},
      {"params: forgotten semicolons", of("a=b ", "text/plain;"), params, most},
      {"params: semicolons", of("; ", "text/plain;"), params, most},
      {"params: names", of("a ", "text/plain;"), params, most},
      {"params: blanks in a value", of("b ", "text/plain; a="), params, most},
      {"params: quote without end", of("\\\"", "text/plain; n=\""), params, most},
      {"params: comments", of("(a) ", "text/plain; n="), params, most},
      {"compose: long word", of("\xd1\x8f"), compose, most},
      {"compose: words", of("a \xd1\x8f "), compose, most},
      {"compose: ASCII", of("ab cd "), compose, most},
  };
}

}  // namespace tegu::doubling
