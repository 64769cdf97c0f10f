// What one reading of a mailbox's journal gives. Only for store's own files.
#pragma once
#include "model/mailbox/store.h"

namespace tegu::model::mailbox {

struct Store::Tail {
  uint32_t uidvalidity = 0;
  int64_t pruned = 0;
  bool is_current = true;                 // not cut off at a modseq of the past
  View::Counters counters;                // the head's own
  std::optional<std::string> checkpoint;  // packed; nothing: none, or not asked for
  Changes changes;                        // after the checkpoint, or after what the caller has
  size_t rows() const { return changes.arrivals.size() + changes.log.size(); }
};

// Changes of messages that are there, computed but not written yet.
struct Store::Change {
  explicit Change(const View& view) : before(view), after(view) {}
  // `entry.modseq` is given here: where it comes to stand unless something arrives before it.
  void add(LogEntry entry);

  View before, after;
  std::vector<LogEntry> entries;
};

}  // namespace tegu::model::mailbox
