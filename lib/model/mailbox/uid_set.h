// A set of UIDs as ascending ranges: what a command or a log row changes. Its text is what the
// column mailbox_log.uids holds, the notation of IMAP without "*": "1:5,9". Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::model::mailbox {

class UidSet {
 public:
  struct Range {
    uint32_t first;
    uint32_t last;  // included
    bool operator==(const Range&) const = default;
  };

  UidSet() = default;
  // In any order; doubles are allowed. 0 is no UID: bug().
  explicit UidSet(std::vector<uint32_t> uids);

  // Any ranges, overlapping or not, in any order.
  static UidSet united(std::vector<Range> ranges);

  // Appends a UID greater than all before; anything else is a bug().
  void append(uint32_t uid) { append(Range{uid, uid}); }
  void append(Range range);

  bool contains(uint32_t uid) const;
  bool empty() const { return ranges_.empty(); }
  // How many UIDs; at most 2^32 - 1.
  uint64_t count() const;
  const std::vector<Range>& ranges() const { return ranges_; }
  bool operator==(const UidSet&) const = default;

  // "1:5,9"; "" for the empty set.
  std::string text() const;
  // Only what text() writes: ascending with gaps, no 0, no "*", no leading zeros, a range of two or
  // more. "" is the empty set.
  static std::optional<UidSet> parse(std::string_view text);

 private:
  std::vector<Range> ranges_;  // ascending, with a gap between neighbours
};

}  // namespace tegu::model::mailbox
