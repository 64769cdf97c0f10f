#include "wire/imap/seqset.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::wire::imap {
namespace {

std::optional<uint32_t> parse_seq_number(std::string_view text) {
  if (text == "*") return SeqSet::star;
  auto number = base::parse_number<uint32_t>(text);
  if (!number || *number == 0) return std::nullopt;
  return number;
}

void write_number(std::string& out, uint32_t number) {
  if (number == SeqSet::star)
    out += '*';
  else
    out += std::to_string(number);
}

std::string write_ranges(const std::vector<Range>& ranges) {
  std::string out;
  for (const Range& range : ranges) {
    if (!out.empty()) out += ',';
    write_number(out, range.first);
    if (range.last == range.first) continue;
    out += ':';
    write_number(out, range.last);
  }
  return out;
}

}  // namespace

NumberSet::NumberSet(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  ranges_.reserve(ranges.size());
  for (const Range& range : ranges) add(range);
}

void NumberSet::add(Range range) {
  if (ranges_.empty() || uint64_t{range.first} > uint64_t{ranges_.back().last} + 1) {
    ranges_.push_back(range);
    return;
  }
  // Everything that overlaps or touches the new range melts into it.
  auto begin = std::ranges::lower_bound(ranges_, uint64_t{range.first}, {},
                                        [](const Range& r) { return uint64_t{r.last} + 1; });
  auto end = begin;
  while (end != ranges_.end() && uint64_t{end->first} <= uint64_t{range.last} + 1) {
    range.first = std::min(range.first, end->first);
    range.last = std::max(range.last, end->last);
    ++end;
  }
  if (begin == end) {
    ranges_.insert(begin, range);
    return;
  }
  *begin = range;
  ranges_.erase(begin + 1, end);
}

bool NumberSet::contains(uint32_t number) const {
  auto after = std::ranges::upper_bound(ranges_, number, {}, &Range::first);
  return after != ranges_.begin() && number <= std::prev(after)->last;
}

uint64_t NumberSet::size() const {
  uint64_t sum = 0;
  for (const Range& range : ranges_) sum += uint64_t{range.last} - range.first + 1;
  return sum;
}

std::string NumberSet::text() const {
  return write_ranges(ranges_);
}

std::optional<SeqSet> SeqSet::parse(std::string_view text, size_t max_ranges) {
  SeqSet set;
  if (text == "$") {
    set.saved_ = true;
    return set;
  }
  while (true) {
    std::string_view part = text.substr(0, text.find(','));
    size_t colon = part.find(':');
    auto first = parse_seq_number(part.substr(0, colon));
    auto last = colon == std::string_view::npos ? first : parse_seq_number(part.substr(colon + 1));
    if (!first || !last || set.ranges_.size() >= max_ranges) return std::nullopt;
    set.ranges_.push_back({*first, *last});
    if (part.size() == text.size()) return set;
    text.remove_prefix(part.size() + 1);
  }
}

NumberSet SeqSet::resolve(uint32_t highest) const {
  if (highest == 0) return {};
  std::vector<Range> ranges;
  ranges.reserve(ranges_.size());
  for (const Range& range : ranges_) {
    uint32_t first = range.first == star ? highest : range.first;
    uint32_t last = range.last == star ? highest : range.last;
    if (first > last) std::swap(first, last);
    ranges.push_back({first, last});
  }
  return NumberSet(std::move(ranges));
}

bool SeqSet::beyond(uint32_t highest) const {
  return std::ranges::any_of(ranges_, [&](const Range& range) {
    return range.first != star && range.last != star && std::max(range.first, range.last) > highest;
  });
}

std::string SeqSet::text() const {
  return saved_ ? "$" : write_ranges(ranges_);
}

}  // namespace tegu::wire::imap
