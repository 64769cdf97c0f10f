// Loop: one thread's events (libevent), deadlines and ready coroutines. One loop per thread;
// everything that belongs to a loop is touched only on its thread, except post() and stop().
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/handle.h"
#include "io/deadline.h"
#include "io/timer_heap.h"
#include "io/wait.h"

struct event_base;  // libevent; only lib/io and the two libraries with their own descriptors see it

namespace tegu::io {

class Scope;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;

  // Runs until stop(). Everything below the call happens on this thread.
  void run();
  // From any thread: run() returns after the callbacks at hand.
  void stop();
  // From any thread: calls `work` on the loop's thread, soon, in order.
  void post(std::function<void()> work);

  // Runs one task to its end on this thread and gives its result: the body of a main, of a tool, of
  // a test.
  template <class T>
  T run_until_done(Task<T> task);

  event_base* native() const { return base_.get(); }

 private:
  friend class Wait;
  friend class Scope;
  void add(Wait& wait) {
    timers_.add(wait);
    if (timers_.earliest() == &wait) arm_timer();
  }
  void wake(Wait& wait);
  void forget(Wait& wait);
  void schedule_ready();
  void run_ready();
  void run_posted();
  void arm_timer();
  void expire();
  void run_root(Task<void> task);

  struct BaseFree {
    void operator()(event_base* base) const noexcept;
  };
  struct Events;  // libevent's own: wake-up by eventfd, timer, ready queue
  std::unique_ptr<event_base, BaseFree> base_;
  std::unique_ptr<Events> events_;
  TimerHeap timers_;
  std::deque<Wait*> ready_;
  bool running_ready_ = false;
  base::Fd wake_fd_;
  std::mutex posted_lock_;  // guards posted_ only: the one thing that other threads touch
  std::vector<std::function<void()>> posted_;
};

namespace detail {
template <class T>
Task<void> keep_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}
}  // namespace detail

template <class T>
T Loop::run_until_done(Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    run_root(std::move(task));
  } else {
    std::optional<T> result;
    run_root(detail::keep_result(std::move(task), result));
    return std::move(*result);
  }
}

}  // namespace tegu::io
