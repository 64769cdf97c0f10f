// Sequence sets (wire/imap/seqset.h) against the plainest reading of RFC 9051: what is parsed is
// written as it came, and holds the numbers that its text says. The first byte is the highest
// number in use.
#include "fuzz.h"
#include "wire/imap/seqset.h"

using namespace tegu::fuzz;
using namespace tegu::wire::imap;

namespace {

void check_sorted(const NumberSet& set) {
  uint64_t end = 0, count = 0;
  for (const Range& range : set.ranges()) {
    require(range.first <= range.last && (end == 0 || range.first > end + 1));
    end = range.last;
    count += uint64_t{range.last} - range.first + 1;
  }
  require(set.size() == count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t max_ranges = 12;
  std::string_view text = view(data, size);
  uint32_t highest = take_choice(text) % 48;
  auto set = SeqSet::parse(text, max_ranges);
  if (!set) return 0;
  auto again = SeqSet::parse(set->text(), max_ranges);
  require(again && again->text() == set->text() && again->saved() == set->saved());
  NumberSet numbers = set->resolve(highest);
  check_sorted(numbers);
  require(again->resolve(highest) == numbers && again->beyond(highest) == set->beyond(highest));
  if (numbers.empty()) return 0;
  // Written without "*", it reads as the same numbers.
  auto plain = SeqSet::parse(numbers.text(), max_ranges);
  require(plain && plain->resolve(1) == numbers);
  require(numbers.contains(numbers.lowest()) && numbers.contains(numbers.highest()));
  require(numbers.lowest() == 1 || !numbers.contains(numbers.lowest() - 1));
  NumberSet grown;
  for (const Range& range : numbers.ranges()) grown.add(range);
  require(grown == numbers);
  return 0;
}
