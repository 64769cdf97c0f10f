// Names of mailboxes (wire/imap/mutf7.h, mailbox_name.h): modified UTF-7 both ways, each name with
// one spelling; the wildcards of LIST against the plainest matcher.
#include <string>
#include <vector>

#include "base/text.h"
#include "base/unicode.h"
#include "fuzz.h"
#include "wire/imap/mailbox_name.h"
#include "wire/imap/mutf7.h"

using namespace tegu::fuzz;
using namespace tegu::wire::imap;

namespace {

// What RFC 9051 6.3.9 says of the wildcards, by a table of all suffixes; INBOX in any case.
bool matches(std::string_view pattern, std::string_view name) {
  size_t any_case = name == "INBOX" || name.starts_with("INBOX/") ? 5 : 0;
  std::vector<char> below(name.size() + 1), row(name.size() + 1);
  below[name.size()] = 1;
  for (size_t p = pattern.size(); p-- > 0;) {
    for (size_t n = name.size() + 1; n-- > 0;) {
      bool here = n < name.size();
      if (pattern[p] == '*')
        row[n] = below[n] != 0 || (here && row[n + 1] != 0);
      else if (pattern[p] == '%')
        row[n] = below[n] != 0 || (here && name[n] != hierarchy_separator && row[n + 1] != 0);
      else
        row[n] = here && below[n + 1] != 0 &&
                 name[n] == (n < any_case ? tegu::base::upper(pattern[p]) : pattern[p]);
    }
    row.swap(below);
  }
  return below[0] != 0;
}

void check_pattern(std::string_view text) {
  size_t half = std::min(text.find('|'), text.size());
  std::string pattern = canonical_name(std::string(text.substr(0, half)));
  std::string name = canonical_name(std::string(text.substr(std::min(half + 1, text.size()))));
  ListPattern list("", pattern);
  require(list.matches(name) == matches(pattern, name));
  if (list.matches(name) && !name_fault(name)) {
    for (std::string_view parent : parents(name)) require(list.matches_below(parent));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = view(data, size);
  if ((take_choice(text) & 1) != 0) {
    check_pattern(text);
    return 0;
  }
  if (auto name = mutf7_decode(text)) {
    require(tegu::base::is_utf8(*name) && name->size() <= 2 * text.size());
    require(mutf7_encode(*name) == text);
  }
  if (tegu::base::is_utf8(text)) {
    auto wire = mutf7_encode(text);
    require(tegu::base::is_ascii(wire) && mutf7_decode(wire) == text);
  }
  if (auto name = read_mailbox_name(text, false)) {
    require(canonical_name(*name) == *name);
    if (!name_fault(*name)) require(name->size() <= 1000);
  }
  return 0;
}
