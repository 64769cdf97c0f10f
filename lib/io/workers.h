// Workers: a few threads for work that would keep a loop from its peers: password hashes,
// compression of large bodies, long searches. Shared by all loops of a process.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "io/list.h"
#include "io/loop.h"
#include "io/sync.h"
#include "io/task.h"

namespace tegu::io {

// The queue of the workers is full: the caller's peer should try again later.
class Overloaded : public base::Error {
 public:
  using Error::Error;
};

class Workers {
 public:
  // At most `queue_limit` pieces of work wait for a thread.
  Workers(size_t threads, size_t queue_limit);
  // After all loops have ended: every run() must be over.
  ~Workers();
  Workers(const Workers&) = delete;

  // Calls f() on one of the threads; the caller is resumed on its own loop with the result or the
  // exception. Never cancelled midway, so f may use what the caller owns. Throws Overloaded.
  template <class F>
  Task<std::invoke_result_t<F&>> run(F f);

  size_t queued() const;  // any thread

 private:
  class Job : public ListNode {
   public:
    explicit Job(Loop& loop) : loop_(loop) {}
    virtual void work() noexcept = 0;
    Loop& loop_;
    Event done_;

   protected:
    ~Job() = default;
  };
  template <class F>
  class Call;
  void enqueue(Job& job);
  void serve();

  mutable std::mutex lock_;  // guards jobs_, queued_ and stopping_
  std::condition_variable changed_;
  List<Job> jobs_;  // they live in the frames of their callers
  size_t queued_ = 0;
  const size_t queue_limit_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

template <class F>
class Workers::Call final : public Job {
 public:
  using Result = std::invoke_result_t<F&>;
  Call(Loop& loop, F& f) : Job(loop), f_(f) {}
  void work() noexcept override {
    try {
      if constexpr (std::is_void_v<Result>) {
        f_();
      } else {
        result_.emplace(f_());
      }
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  Result take() {
    if (error_) std::rethrow_exception(error_);
    if constexpr (!std::is_void_v<Result>) return std::move(*result_);
  }

 private:
  F& f_;
  std::optional<std::conditional_t<std::is_void_v<Result>, bool, Result>> result_;
  std::exception_ptr error_;
};

template <class F>
Task<std::invoke_result_t<F&>> Workers::run(F f) {
  Call<F> call(*(co_await this_environment()).loop, f);
  enqueue(call);
  auto wait = call.done_.wait();
  wait.uncancellable();
  co_await wait;
  co_return call.take();
}

}  // namespace tegu::io
