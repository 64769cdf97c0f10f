// The durable side of the queue as the daemon sees it: changes that become true together, leases on
// recipients that are due, letters to read back. The real one is database_ledger.h; tests keep
// theirs in memory.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"
#include "io/task.h"
#include "model/content/prepare.h"
#include "notices.h"
#include "plan.h"
#include "wire/smtp/envelope.h"

namespace tegu::queue {

struct QueuedLetter {
  base::QueueItemId item;
  base::ContentId content;
  LetterFacts facts;  // size: of the stored letter, with its Return-Path line
  wire::smtp::BodyType body = wire::smtp::BodyType::seven_bit;
  std::string login;
  base::WallTime expires;
};

struct QueuedRecipient {
  int32_t seq = 0;
  Pending pending;
  int attempts = 0;  // before this one
  bool delay_told = false;
};

// Recipients of one letter that this node may work on until its lease ends.
struct Lease {
  QueuedLetter letter;
  std::vector<QueuedRecipient> recipients;
};

// A letter to be put into mailboxes and into the queue.
struct Placement {
  std::optional<model::content::Prepared> content;  // nothing: it is stored already
  QueuedLetter letter;                              // item 0: nothing pending
  std::vector<base::AccountId> mailboxes;
  std::vector<Pending> pending;
};

struct RecipientKey {
  base::QueueItemId item;
  int32_t seq = 0;
  auto operator<=>(const RecipientKey&) const = default;
};

struct Deferral {
  RecipientKey key;
  base::WallTime next_try;
  std::string reply;
  bool delay_told = false;
};

// What becomes true together, or not at all.
struct Change {
  std::vector<Placement> placements;
  std::vector<RecipientKey> done;  // leased by this node; otherwise the change fails
  std::vector<Deferral> deferred;  // these leases end

  size_t bytes() const;
  // Letters in it that we wrote ourselves.
  size_t reports() const;
};

// Recipients that a change calls done are no more leased to this node: another one has taken over.
class LeaseLost : public base::Error {
 public:
  using Error::Error;
};

// A mailbox that a change puts a letter into does not exist.
class MailboxGone : public base::Error {
 public:
  using Error::Error;
};

// Recipients in the queue, of all nodes.
struct Depth {
  int64_t waiting = 0;  // leased and due ones too
  int64_t held = 0;
  int64_t due = 0;
  std::optional<base::WallTime> oldest;  // letter
};

struct Swept {
  size_t looked_at = 0;
  size_t deleted = 0;
};

class Ledger {
 public:
  virtual ~Ledger() = default;
  // One transaction for all of them; true when it returns. Throws LeaseLost, MailboxGone, and
  // other base::Error when nothing was stored, or when that could not be found out.
  virtual io::Task<void> commit(std::vector<const Change*> changes) = 0;
  // Due recipients, at most so many, now leased to this node.
  virtual io::Task<std::vector<Lease>> lease(size_t most_recipients) = 0;
  // All leases of this node last a full term from now.
  virtual io::Task<void> extend_leases() = 0;
  // This node works on nothing (after a crash, at the end).
  virtual io::Task<void> free_leases() = 0;
  // Unused ids for contents and items.
  virtual io::Task<std::vector<int64_t>> take_ids(size_t count) = 0;
  // Octets of a stored letter, cut at its end; nothing when it is gone.
  virtual io::Task<std::optional<std::string>> range(base::ContentId content, uint64_t offset,
                                                     uint64_t length) = 0;
  virtual io::Task<std::optional<std::string>> header(base::ContentId content) = 0;
  // Looks at so many contents at most that lost a reference, and removes those that nothing names
  // any more.
  virtual io::Task<Swept> sweep(size_t most) = 0;
  virtual io::Task<Depth> depth() = 0;
};

}  // namespace tegu::queue
