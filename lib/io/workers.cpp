#include "io/workers.h"

#include <pthread.h>

#include <csignal>

namespace tegu::io {

Workers::Workers(size_t threads, size_t queue_limit) : queue_limit_(queue_limit) {
  // Signals are for the loops.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (size_t i = 0; i < std::max<size_t>(threads, 1); i++) {
    threads_.emplace_back([this] { serve(); });
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Workers::~Workers() {
  {
    std::lock_guard lock(lock_);
    stopping_ = true;
  }
  changed_.notify_all();
}

size_t Workers::queued() const {
  std::lock_guard lock(lock_);
  return queued_;
}

void Workers::enqueue(Job& job) {
  {
    std::lock_guard lock(lock_);
    if (queued_ >= queue_limit_) throw Overloaded("too much work waits for a worker thread");
    jobs_.push_back(job);
    queued_++;
  }
  changed_.notify_one();
}

void Workers::serve() {
  std::unique_lock lock(lock_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job& job = jobs_.front();
    job.unlink();
    queued_--;
    lock.unlock();
    job.work();
    // The job is gone as soon as its loop has seen this.
    job.loop_.post([&job] { job.done_.set(); });
    lock.lock();
  }
}

}  // namespace tegu::io
