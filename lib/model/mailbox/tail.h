// What one reading of a mailbox's journal gives. Only for store's own files.
#pragma once
#include "model/mailbox/store.h"

namespace tegu::model::mailbox {

struct Store::Tail {
  uint32_t uidvalidity = 0;
  int64_t pruned = 0;
  View::Counters counters;                // the head's own
  std::optional<std::string> checkpoint;  // packed; nothing: none, or not asked for
  Changes changes;                        // after the checkpoint, or after what the caller has
  size_t rows() const { return changes.arrivals.size() + changes.log.size(); }
};

// One change of messages that are there: its log row and what it does to the head's counters.
struct Store::Change {
  LogEntry entry;  // modseq: where it came to stand, once it is written
  int64_t total = 0;
  int64_t unseen = 0;
  int64_t deleted = 0;
  int64_t bytes = 0;

  // Takes note that a message's flags become `flags`, or that it goes.
  void flags_become(const Message& message, Flags flags);
  void goes(const Message& message);
};

}  // namespace tegu::model::mailbox
