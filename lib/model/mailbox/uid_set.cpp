#include "model/mailbox/uid_set.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace tegu::model::mailbox {

UidSet::UidSet(std::vector<uint32_t> uids) {
  std::ranges::sort(uids);
  auto doubles = std::ranges::unique(uids);
  uids.erase(doubles.begin(), doubles.end());
  for (uint32_t uid : uids) append(uid);
}

void UidSet::append(Range range) {
  uint32_t least = ranges_.empty() ? 0 : ranges_.back().last;
  if (range.first <= least || range.last < range.first) bug("UidSet::append out of order");
  if (!ranges_.empty() && range.first == least + 1) {
    ranges_.back().last = range.last;
  } else {
    ranges_.push_back(range);
  }
}

UidSet UidSet::united(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  UidSet set;
  for (Range range : ranges) {
    if (set.ranges_.empty() || range.first > set.ranges_.back().last) {
      set.append(range);
    } else {
      set.ranges_.back().last = std::max(set.ranges_.back().last, range.last);
    }
  }
  return set;
}

bool UidSet::contains(uint32_t uid) const {
  auto after = std::ranges::upper_bound(ranges_, uid, {}, &Range::first);
  return after != ranges_.begin() && std::prev(after)->last >= uid;
}

uint64_t UidSet::count() const {
  uint64_t count = 0;
  for (Range range : ranges_) count += uint64_t{range.last} - range.first + 1;
  return count;
}

std::string UidSet::text() const {
  std::string text;
  for (Range range : ranges_) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first);
    if (range.last != range.first) text += ':' + std::to_string(range.last);
  }
  return text;
}

static std::optional<uint32_t> read_uid(std::string_view text) {
  if (text.starts_with('0')) return std::nullopt;
  return base::parse_number<uint32_t>(text);
}

std::optional<UidSet> UidSet::parse(std::string_view text) {
  UidSet set;
  if (text.empty()) return set;
  uint64_t least = 1;
  for (std::string_view piece : base::split(text, ',')) {
    size_t colon = piece.find(':');
    bool single = colon == piece.npos;
    auto first = read_uid(piece.substr(0, colon));
    auto last = single ? first : read_uid(piece.substr(colon + 1));
    if (!first || !last || *first < least || (!single && *last <= *first)) return std::nullopt;
    set.append(Range{*first, *last});
    // A neighbour would be in the same range.
    least = uint64_t{*last} + 2;
  }
  return set;
}

}  // namespace tegu::model::mailbox
