#include "views.h"

#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace tegu::imapd {

std::shared_ptr<LiveMailbox> Views::find_or_make(AccountId account, MailboxId mailbox) {
  std::weak_ptr<LiveMailbox>& place = live_[Key{account.value, mailbox.value}];
  std::shared_ptr<LiveMailbox> live = place.lock();
  if (!live) {
    live = std::make_shared<LiveMailbox>();
    live->account = account;
    live->id = mailbox;
    place = live;
  }
  return live;
}

bool Views::has(AccountId account, MailboxId mailbox) {
  Key key{account.value, mailbox.value};
  auto found = live_.find(key);
  auto live = found == live_.end() ? nullptr : found->second.lock();
  return (live && live->finished > 0) || cache_.find(key);
}

io::Task<std::shared_ptr<LiveMailbox>> Views::adopt(AccountId account, MailboxId mailbox,
                                                    Contents contents) {
  std::shared_ptr<LiveMailbox> live = find_or_make(account, mailbox);
  auto permit = co_await live->turn.acquire();
  if (live->finished == 0) {
    live->now = std::move(contents);
    cache_.put(key_of(*live), live->now);
    live->started = live->finished = 1;
  } else {
    take(*live, std::move(contents));
  }
  co_return live->gone ? nullptr : live;
}

io::Task<std::shared_ptr<LiveMailbox>> Views::open(AccountId account, MailboxId mailbox,
                                                   int64_t modseq) {
  Key key{account.value, mailbox.value};
  std::shared_ptr<LiveMailbox> live = find_or_make(account, mailbox);
  if (live->finished > 0) {
    if (live->now.view.modseq() < modseq) co_await refresh(live);
    co_return live->gone ? nullptr : live;
  }
  auto permit = co_await live->turn.acquire();
  if (live->finished == 0) {
    auto contents = cache_.find(key);
    if (!contents)
      contents = co_await store_.open(account, mailbox);
    else if (contents->view.modseq() < modseq)
      contents = co_await store_.refresh(account, mailbox, std::move(*contents));
    if (contents) {
      live->now = std::move(*contents);
      cache_.put(key, live->now);
    } else {
      live->gone = true;
      cache_.drop(key);
    }
    live->started = live->finished = 1;
  }
  co_return live->gone ? nullptr : live;
}

io::Task<void> Views::refresh(std::shared_ptr<LiveMailbox> live) {
  // A refresh that began before this call may have missed what its caller knows of.
  uint64_t wanted = live->started + 1;
  auto permit = co_await live->turn.acquire();
  if (live->finished >= wanted || live->gone) co_return;
  uint64_t mine = ++live->started;
  // Another loop may be ahead.
  take(*live, cache_.find(key_of(*live)));
  auto contents = co_await store_.refresh(live->account, live->id, live->now);
  live->finished = mine;
  if (!contents) {
    live->gone = true;
    cache_.drop(key_of(*live));
    live->moved.notify_all();
  }
  take(*live, std::move(contents));
}

void Views::take(LiveMailbox& live, After after) {
  if (!after || after->view.modseq() <= live.now.view.modseq()) return;
  live.now = std::move(*after);
  cache_.put(key_of(live), live.now);
  live.moved.notify_all();
}

void Views::hear(AccountId account, MailboxId mailbox, int64_t modseq) {
  auto found = live_.find(Key{account.value, mailbox.value});
  if (found == live_.end()) return;
  std::shared_ptr<LiveMailbox> live = found->second.lock();
  if (!live) {
    live_.erase(found);
    return;
  }
  bool known = modseq != 0 && live->now.view.modseq() >= modseq;
  if (known || live->gone || scope_.cancelled()) return;
  live->heard_more = true;
  if (live->refreshing) return;
  live->refreshing = true;
  scope_.spawn(refresh_quietly(live));
}

io::Task<void> Views::refresh_quietly(std::shared_ptr<LiveMailbox> live) {
  try {
    do {
      live->heard_more = false;
      co_await refresh(live);
    } while (live->heard_more);
  } catch (const base::Error& error) {
    base::log::warn("imap.refresh_failed", {{"mailbox", live->id.value}, {"error", error.what()}});
  }
  live->refreshing = false;
}

void Views::look_again() {
  forget_closed();
  for (auto& [key, weak] : live_)
    if (auto live = weak.lock(); live && live->watchers > 0) hear(live->account, live->id, 0);
}

io::Task<void> Views::poll(std::chrono::seconds every) {
  while (true) {
    co_await io::sleep_for(every);
    look_again();
  }
}

void Views::forget_closed() {
  std::erase_if(live_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace tegu::imapd
