// Natural batching: what many callers want committed goes together. While one batch commits, the
// next one gathers; there is no timer, so a single entry goes alone and at once, and under load
// many share a commit.
#pragma once
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "io/sync.h"
#include "io/task.h"
#include "io/wait.h"

namespace tegu::queue {

template <class Entry>
class Batcher {
 public:
  // An entry and, after commit, what became of it. Owners: the caller that waits and the batch; a
  // caller that is cancelled leaves the entry to the batch.
  struct Pending {
    Entry entry;
    size_t bytes;
    std::exception_ptr error;  // set by commit; none: it is durable
    io::Event done;
    Pending(Entry entry, size_t bytes) : entry(std::move(entry)), bytes(bytes) {}
  };
  using Batch = std::vector<std::shared_ptr<Pending>>;
  // Makes the whole batch durable, or sets the error of those that are not. What it throws becomes
  // the error of all without one.
  using Commit = std::function<io::Task<void>(Batch&)>;

  struct Limits {
    size_t entries = 200;
    size_t bytes = 8 << 20;  // a single larger entry goes alone
  };

  Batcher(Limits limits, Commit commit) : limits_(limits), commit_(std::move(commit)) {}

  // Returns when the entry is durable; throws its error.
  io::Task<Entry> submit(Entry entry, size_t bytes) {
    auto pending = std::make_shared<Pending>(std::move(entry), bytes);
    waiting_.push_back(pending);
    came_.notify_all();
    co_await pending->done.wait();
    if (pending->error) std::rethrow_exception(pending->error);
    co_return std::move(pending->entry);
  }

  // Commits batch after batch until stop(); spawn it once for each commit that may run at a time.
  io::Task<void> run() {
    while (true) {
      while (waiting_.empty()) {
        if (stopping_) co_return;
        co_await came_.wait();
      }
      // What has come already, but was not looked at yet, shares the commit.
      co_await io::yield();
      Batch batch = take();
      co_await finish(batch);
    }
  }
  // run() ends when nothing waits any more.
  void stop() {
    stopping_ = true;
    came_.notify_all();
  }
  size_t waiting() const { return waiting_.size(); }
  // From the next batch on.
  void set_limits(Limits limits) { limits_ = limits; }

 private:
  Batch take() {
    Batch batch;
    size_t bytes = 0;
    while (!waiting_.empty() && batch.size() < limits_.entries) {
      bytes += waiting_.front()->bytes;
      if (!batch.empty() && bytes > limits_.bytes) break;
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return batch;
  }

  io::Task<void> finish(Batch& batch) {
    std::exception_ptr failed;
    try {
      co_await commit_(batch);
    } catch (...) {
      failed = std::current_exception();
    }
    for (auto& pending : batch) {
      if (!pending->error) pending->error = failed;
      pending->done.set();
    }
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (const io::Cancelled&) {
      throw;
    } catch (const std::exception&) {
      // Told to each entry's caller.
    }
  }

  Limits limits_;
  Commit commit_;
  std::deque<std::shared_ptr<Pending>> waiting_;
  io::Signal came_;
  bool stopping_ = false;
};

}  // namespace tegu::queue
