// Store: the queue in the database. Every new letter enters here, in one transaction and one round
// trip for a whole batch: contents, messages in mailboxes, queue rows, and what of the queue is
// done by it. So a letter is in its mailbox exactly when its queue row is gone.
//
// Nodes share the queue by leases on recipients; who stops to extend its leases loses them to the
// others. One Store a loop; borrows the client and the ids.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "model/content/ids.h"
#include "model/queue/letter.h"
#include "net/pg/client.h"

namespace tegu::model::queue {

// Nothing was stored: recipients that the change calls done are not leased to this node any more.
class LeaseLost : public base::Error {
 public:
  using Error::Error;
};

// Nothing was stored: these mailboxes do not exist (mailbox 0: the account has no INBOX).
class MailboxGone : public base::Error {
 public:
  explicit MailboxGone(std::vector<mailbox::Key> keys);
  const std::vector<mailbox::Key>& keys() const { return keys_; }

 private:
  std::vector<mailbox::Key> keys_;
};

// Which recipients an administrator means; what is not given does not narrow.
struct Filter {
  std::optional<base::QueueItemId> item = {};
  std::optional<std::string> sender = {};     // address as text, exactly
  std::optional<std::string> recipient = {};  // address as text, exactly
  std::optional<std::string> domain = {};     // of the recipient
  std::optional<std::string> next_hop = {};
  std::optional<State> state = {};
};

// The queue in numbers: recipients, except `items`.
struct Overview {
  int64_t items = 0;
  int64_t ready = 0;  // leased ones too
  int64_t held = 0;
  int64_t leased = 0;
  int64_t due = 0;                       // ready, not leased, their time has come
  std::optional<base::WallTime> oldest;  // arrival of the oldest item
};

struct Swept {
  size_t looked_at = 0;
  size_t deleted = 0;
};

class Store {
 public:
  // `term`: how long a lease holds when it is not extended.
  Store(net::pg::Client& database, content::IdSource& ids, std::string node,
        std::chrono::seconds term);
  Store(const Store&) = delete;

  // ---- the daemon's work (commit.cpp, lease.cpp)

  // Durable when it returns. Throws LeaseLost, MailboxGone and pg errors: nothing was stored;
  // OutcomeUnknown: it could not be found out. After a lost connection the outcome is looked up, or
  // the same is written again under the same ids, never twice.
  io::Task<std::vector<Delivered>> commit(Change change);

  // Due recipients, at most so many, longest overdue first; leased to this node. Those of one item
  // come together.
  io::Task<std::vector<Lease>> lease(size_t most_recipients);
  // The leases that this Store gave out hold a full term from now; those that this node has
  // without knowing (an answer was lost) end.
  io::Task<void> extend_leases();
  // Nobody of this node works on anything: after a crash, and at the end.
  io::Task<void> free_leases();
  // When the next recipient becomes due; nothing when none is waiting.
  io::Task<std::optional<base::WallTime>> next_due();

  // ---- the administrator's (admin.cpp); each gives the number of recipients concerned

  io::Task<Overview> overview();
  // Items after `after` in order of id, at most `limit`, each with its recipients that match.
  io::Task<std::vector<Lease>> list(Filter filter, base::QueueItemId after, size_t limit);
  io::Task<size_t> hold(Filter filter);
  io::Task<size_t> release(Filter filter);
  // Due now, whatever was planned; held ones stay held.
  io::Task<size_t> flush(Filter filter);
  // Without a report to anybody. What a node is working on may be delivered all the same.
  io::Task<size_t> remove(Filter filter);

  // ---- housekeeping (sweep.cpp)

  // Deletes content that lost its last reference more than `grace` ago (at least 10 minutes count),
  // at most `limit` letters.
  io::Task<Swept> sweep(std::chrono::seconds grace, size_t limit);
  // Finds content older than a day that nothing refers to and that was not noted as loose, among
  // the `count` letters after `from`, and notes it for sweep(). Gives the last id that it looked
  // at; 0 at the end.
  io::Task<base::ContentId> find_unreferenced(base::ContentId from, size_t count);

 private:
  enum class Evidence { committed, absent, none };
  io::Task<Evidence> look_up(const Change& change);
  io::Task<std::vector<mailbox::Key>> missing_mailboxes(const Change& change);
  io::Task<std::vector<Delivered>> delivered_before(const Change& change);
  io::Task<void> tell(const std::vector<Delivered>& delivered);

  net::pg::Client& database_;
  content::IdSource& ids_;
  std::string node_;
  std::chrono::seconds term_;
  std::vector<int64_t> leases_;  // ids of leases with rows left, as far as known
  std::vector<int64_t> asking_;  // ids of leases that are being given out
};

// For net::pg::Client::keep_warm(): what accepts, delivers and finishes letters.
std::vector<net::pg::Call> hot_calls();

}  // namespace tegu::model::queue
