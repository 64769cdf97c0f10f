// Sequence sets as clients write them (RFC 9051 9 sequence-set, seq-last-command of SEARCHRES) and
// sets of numbers as we compute and write them (uid-set).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::wire::imap {

// Numbers first..last, both included.
struct Range {
  uint32_t first;
  uint32_t last;
  bool operator==(const Range&) const = default;
};

// A set of numbers: sorted, disjoint and never adjacent ranges. Cost of everything follows the
// number of ranges, never the numbers in them.
class NumberSet {
 public:
  NumberSet() = default;
  // Any order, overlaps allowed; first <= last.
  explicit NumberSet(std::vector<Range> ranges);

  // Cheap when numbers come in rising order.
  void add(uint32_t number) { add(Range{number, number}); }
  void add(Range range);
  bool contains(uint32_t number) const;
  bool empty() const { return ranges_.empty(); }
  // How many numbers.
  uint64_t size() const;
  uint32_t lowest() const { return ranges_.front().first; }  // not when empty
  uint32_t highest() const { return ranges_.back().last; }   // not when empty
  const std::vector<Range>& ranges() const { return ranges_; }
  // "1:3,7"; empty for the empty set.
  std::string text() const;
  bool operator==(const NumberSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

// What a client wrote: ranges with "*" still open, or "$", the saved result of a SEARCH.
class SeqSet {
 public:
  // "*" is kept as 0.
  static constexpr uint32_t star = 0;

  // The whole text must be a set of at most max_ranges parts; 0 as a number is refused.
  static std::optional<SeqSet> parse(std::string_view text, size_t max_ranges);

  bool saved() const { return saved_; }  // RFC 5182: "$"
  // With "*" as the highest number in use. In an empty mailbox (highest 0) nothing remains. RFC
  // 9051 9: "3:1" is "1:3", and "99:*" holds "*" even when it is below 99.
  NumberSet resolve(uint32_t highest) const;
  // Is a number above `highest` named outright, which no message can have (RFC 9051 2.3.1.2)? Not
  // in a range with "*": "1:*" of an empty mailbox is what many clients ask.
  bool beyond(uint32_t highest) const;
  // As the client wrote it, ranges in their order.
  std::string text() const;

 private:
  std::vector<Range> ranges_;
  bool saved_ = false;
};

}  // namespace tegu::wire::imap
