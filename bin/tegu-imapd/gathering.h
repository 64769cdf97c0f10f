// Natural batching for each mailbox: what sessions ask of one mailbox while an earlier batch
// commits goes together in the next one. No timer: a single change goes alone and at once. Without
// it, sessions that change one mailbox would stand in line for its head, one commit each. Shared by
// all loops of the process: whoever finds nobody at work does the work, also for the others.
#pragma once
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/loop.h"
#include "io/scope.h"
#include "io/sync.h"
#include "model/mailbox/head.h"

namespace tegu::imapd {

template <class Entry>
class Gathering {
 public:
  using Key = model::mailbox::Key;
  // A change, and after the commit what became of it. Owners: the session that waits and the batch.
  struct Pending {
    Entry entry;
    size_t bytes;
    io::Loop& loop;            // where the session waits
    std::exception_ptr error;  // set by the commit; none: it is durable
    io::Event done;            // of that loop
    Pending(Entry entry, size_t bytes, io::Loop& loop)
        : entry(std::move(entry)), bytes(bytes), loop(loop) {}
  };
  using Batch = std::vector<std::shared_ptr<Pending>>;
  // Makes the batch durable and fills in its entries, or sets the error of those that are not. What
  // it throws becomes the error of all without one. Called for batch after batch.
  using Commit = std::function<io::Task<void>(Batch&)>;

  struct Limits {
    size_t entries = 100;
    size_t bytes = 8 << 20;  // a single larger entry goes alone
  };
  explicit Gathering(Limits limits = {}) : limits_(limits) {}
  Gathering(const Gathering&) = delete;

  // Returns the entry when it is durable; throws its error. Not cancelled midway. `scope`: of the
  // caller's loop, awaits the work; `commit` is used when the work falls to the caller.
  io::Task<Entry> submit(Key key, Entry entry, size_t bytes, io::Scope& scope, Commit commit) {
    auto pending = std::make_shared<Pending>(std::move(entry), bytes, scope.loop());
    if (is_first(key, pending)) scope.spawn(work(key, scope.loop(), std::move(commit)));
    auto wait = pending->done.wait();
    wait.uncancellable();
    co_await wait;
    if (pending->error) std::rethrow_exception(pending->error);
    co_return std::move(pending->entry);
  }

 private:
  using Line = std::deque<std::shared_ptr<Pending>>;

  // Puts it in line; true: nobody is at work on this mailbox.
  bool is_first(Key key, std::shared_ptr<Pending> pending) {
    std::scoped_lock hold(lock_);
    auto [line, is_new] = lines_.try_emplace(key);
    line->second.push_back(std::move(pending));
    return is_new;
  }

  // Empty: the line is gone, and whoever comes next begins a new one.
  Batch take(Key key) {
    std::scoped_lock hold(lock_);
    Line& line = lines_.at(key);
    Batch batch;
    size_t bytes = 0;
    while (!line.empty() && batch.size() < limits_.entries) {
      bytes += line.front()->bytes;
      if (!batch.empty() && bytes > limits_.bytes) break;
      batch.push_back(std::move(line.front()));
      line.pop_front();
    }
    if (batch.empty()) lines_.erase(key);
    return batch;
  }

  io::Task<void> work(Key key, io::Loop& here, Commit commit) {
    std::exception_ptr cancelled;
    while (true) {
      Batch batch = take(key);
      if (batch.empty()) break;
      std::exception_ptr failed;
      try {
        if (cancelled) throw base::Error("the service ends");
        co_await commit(batch);
      } catch (const io::Cancelled&) {
        cancelled = std::current_exception();
        failed = std::make_exception_ptr(base::Error("the service ends"));
      } catch (...) {
        failed = std::current_exception();
      }
      for (auto& pending : batch) finish(std::move(pending), failed, here);
    }
    if (cancelled) std::rethrow_exception(cancelled);
  }

  static void finish(std::shared_ptr<Pending> pending, const std::exception_ptr& failed,
                     io::Loop& here) {
    if (!pending->error) pending->error = failed;
    if (&pending->loop == &here)
      pending->done.set();
    else
      pending->loop.post([pending] { pending->done.set(); });
  }

  const Limits limits_;
  std::mutex lock_;            // guards lines_
  std::map<Key, Line> lines_;  // of the mailboxes that somebody works on
};

}  // namespace tegu::imapd
