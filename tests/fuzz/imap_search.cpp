// SEARCH and its keys (wire/imap/parse_search.cpp): nesting stays within the limit, and each key
// has the children and sets that its kind asks for.
#include <string>

#include "base/unicode.h"
#include "fuzz.h"
#include "wire/imap/parser.h"

using namespace tegu::fuzz;
using namespace tegu::wire::imap;
using Kind = SearchKey::Kind;

namespace {

constexpr unsigned depth = 10;

void check(const SearchKey& key, unsigned level) {
  // An OR or NOT and the parentheses around a list are levels of their own.
  require(level <= 2 * depth);
  require(key.kind != Kind::not_ || key.children.size() == 1);
  require(key.kind != Kind::or_ || key.children.size() == 2);
  require(key.kind == Kind::and_ || key.kind == Kind::or_ || key.kind == Kind::not_ ||
          key.children.empty());
  require(key.kind != Kind::and_ || !key.children.empty());
  require(tegu::base::is_utf8(key.text));
  for (const SearchKey& child : key.children) check(child, level + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ParseContext context{.limits = Limits::after_login()};
  context.limits.depth = depth;
  context.limits.ranges = 16;
  std::string text = "a UID SEARCH ";
  text += view(data, size);
  auto command = parse_command(text, context);
  if (!command) return 0;
  auto* search = std::get_if<Search>(&command->arguments);
  require(search != nullptr && search->uid);
  check(search->key, 0);
  return 0;
}
