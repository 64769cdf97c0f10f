// The mailboxes that sessions of this loop have open. Each is shared by its sessions (and its view
// with those of other loops, view_cache.h), and brought up to date by asking the store: when a
// notification tells of a change, when a session asks (NOOP), and slowly from time to time, since
// notifications may be lost.
#pragma once
#include <map>
#include <memory>
#include <utility>

#include "io/scope.h"
#include "io/sync.h"
#include "store.h"
#include "view_cache.h"

namespace tegu::imapd {

// Shared by the sessions that have the mailbox open; Views only looks.
struct LiveMailbox {
  AccountId account;
  MailboxId id;
  Contents now;
  bool gone = false;    // deleted by someone
  io::Signal moved;     // `now` or `gone` changed
  size_t watchers = 0;  // sessions that sleep on `moved` (IDLE)

 private:
  friend class Views;
  io::Semaphore turn{1};    // one refresh at a time
  uint64_t started = 0;     // refreshes begun
  uint64_t finished = 0;    // the number of the last one that ended
  bool refreshing = false;  // a notification's refresh is on its way
  bool heard_more = false;  // and must look again
};

class Views {
 public:
  Views(Store& store, ViewCache& cache, io::Scope& scope)
      : store_(store), cache_(cache), scope_(scope) {}
  Views(const Views&) = delete;

  // No older than `modseq`, which the caller has just read in the mailbox's head: when nothing has
  // happened since it was last open, the database is not asked again. Null when the mailbox is
  // gone.
  io::Task<std::shared_ptr<LiveMailbox>> open(AccountId account, MailboxId mailbox, int64_t modseq);
  // Is it in memory, however old?
  bool has(AccountId account, MailboxId mailbox);
  // The same as open() for a caller that has read the mailbox itself.
  io::Task<std::shared_ptr<LiveMailbox>> adopt(AccountId account, MailboxId mailbox,
                                               Contents contents);
  // After it, `now` is no older than the call.
  io::Task<void> refresh(std::shared_ptr<LiveMailbox> mailbox);
  // What a change of ours made of it; unless it has moved on already.
  void take(LiveMailbox& mailbox, After after);
  // A notification. `modseq` 0: unknown, ask.
  void hear(AccountId account, MailboxId mailbox, int64_t modseq);
  // Notifications may have been missed: asks for all that have watchers.
  void look_again();
  // The same from time to time; the owner spawns it. Until cancelled.
  io::Task<void> poll(std::chrono::seconds every);

  size_t size() const { return live_.size(); }

 private:
  using Key = ViewCache::Key;
  io::Task<void> refresh_quietly(std::shared_ptr<LiveMailbox> mailbox);
  std::shared_ptr<LiveMailbox> find_or_make(AccountId account, MailboxId mailbox);
  void forget_closed();
  static Key key_of(const LiveMailbox& live) { return {live.account.value, live.id.value}; }

  Store& store_;
  ViewCache& cache_;  // of all loops
  io::Scope& scope_;
  std::map<Key, std::weak_ptr<LiveMailbox>> live_;
};

}  // namespace tegu::imapd
