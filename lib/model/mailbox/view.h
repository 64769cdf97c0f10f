// View: what a mailbox holds at one modseq, as a value. The database keeps a mailbox as a journal
// (DESIGN 7); a View is what replaying it gives. Immutable: apply() makes a new View that shares
// the blocks that did not change, so copies are cheap, sessions of one mailbox share memory, and
// any thread may read. RFC 7162 (modseq). Pure: no database, no clock, no wire format.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/mailbox/flags.h"
#include "model/mailbox/uid_set.h"

namespace tegu::model::mailbox {

struct Message {
  uint32_t uid = 0;
  uint32_t size = 0;  // octets
  Flags flags = 0;
  int64_t modseq = 0;
  base::ContentId content;    // also the EMAILID: copies of one letter share it (RFC 8474)
  int64_t internal_date = 0;  // seconds since 1970
  int64_t saved_at = 0;       // seconds since 1970, when it came into this mailbox (RFC 8514)
  bool operator==(const Message&) const = default;
};

// One row of mailbox_log. The numbers are those of its column `change`.
struct LogEntry {
  enum class Kind : int16_t { add = 1, remove = 2, set = 3, expunge = 4 };
  int64_t modseq = 0;
  Kind kind = Kind::add;
  Flags flags = 0;
  UidSet uids;
};

// What happened after a View: the tail of the journal up to `modseq`.
struct Changes {
  int64_t modseq = 0;
  uint32_t uidnext = 0;
  std::vector<Message> arrivals;  // ascending UIDs, flags as at arrival
  std::vector<LogEntry> log;      // ascending modseq
};

// What `entry` makes of these flags.
Flags changed_flags(Flags flags, const LogEntry& entry);

class View {
 public:
  // What a change of one message copies, and what telling of it compares.
  static constexpr size_t block_size = 256;

  // Counters that the head keeps too; the two must agree.
  struct Counters {
    size_t total = 0;
    size_t unseen = 0;   // without \Seen
    size_t deleted = 0;  // with \Deleted
    uint64_t bytes = 0;
    bool operator==(const Counters&) const = default;
  };

  // A mailbox before its first message.
  explicit View(uint32_t uidvalidity = 0, int64_t modseq = 0);

  uint32_t uidvalidity() const { return state_->uidvalidity; }
  uint32_t uidnext() const { return state_->uidnext; }
  int64_t modseq() const { return state_->modseq; }
  const Counters& counters() const { return state_->counters; }
  size_t size() const { return state_->counters.total; }
  bool empty() const { return size() == 0; }
  // All flags that any message has.
  Flags flags() const { return state_->flags; }

  // index: sequence number - 1, below size().
  const Message& at(size_t index) const;
  // From index to the end of its block, at least one message: for loops over many. Lives as long
  // as any View that shares the block.
  std::span<const Message> run(size_t index) const;
  std::optional<size_t> index_of_uid(uint32_t uid) const;
  // Index of the first message with this UID or a greater one; size() when there is none.
  size_t lower_bound_uid(uint32_t uid) const;

  // Throws base::Error when the changes do not fit (broken rows): UIDs not ascending or not below
  // uidnext, modseq not after this View's. Log entries may name UIDs that are gone.
  View apply(const Changes& changes) const;

  // A checkpoint and back. unpack treats its input as hostile: nothing on any inconsistency.
  std::string pack() const;
  static std::optional<View> unpack(std::string_view packed);

  bool operator==(const View& other) const;

 private:
  friend class ViewDraft;
  friend struct BlockWalk;
  struct Block {
    std::vector<Message> messages;  // 1 to block_size
    Counters counters;
    Flags flags = 0;  // of all together
  };
  struct State {
    uint32_t uidvalidity = 0;
    uint32_t uidnext = 1;
    int64_t modseq = 0;
    Counters counters;
    Flags flags = 0;                                   // of all messages together
    std::vector<std::shared_ptr<const Block>> blocks;  // owned by all Views that contain them
    std::vector<size_t> starts;                        // index of each block's first message
  };
  explicit View(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  size_t block_of(size_t index) const;

  std::shared_ptr<const State> state_;  // owned by all copies of this View
};

// How one View became a later one of the same mailbox.
struct Delta {
  std::vector<size_t> expunged;  // indices in the old View, ascending
  std::vector<size_t> changed;   // indices in the new View of messages with new flags, ascending
  size_t first_new = 0;          // index in the new View; size() when nothing arrived
  bool operator==(const Delta&) const = default;
};
// Cost follows the change: blocks that both share are skipped.
Delta diff(const View& old, const View& now);

}  // namespace tegu::model::mailbox
