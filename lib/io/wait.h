// Wait: the leaf of every co_await. A coroutine sleeps in it until something happens, its deadline
// passes or its scope is cancelled, whichever is first; it is resumed exactly once, from the loop's
// ready queue.
#pragma once
#include <coroutine>
#include <cstddef>

#include "io/deadline.h"
#include "io/error.h"
#include "io/list.h"
#include "io/task.h"

namespace tegu::io {

// A place in the loop's heap of deadlines.
class Timer {
 public:
  Deadline deadline = never;

 private:
  friend class TimerHeap;
  size_t place_ = 0;  // 1-based; 0: not in the heap
};

class Wait : public ListNode, public Timer {
 public:
  using Queue = List<Wait>;
  // Sleeps in `queue` (none: only the deadline ends it). With `happened` it does not sleep at all.
  explicit Wait(Queue* queue, Deadline until, bool happened = false)
      : queue_(queue), end_(happened ? End::happened : End::pending) {
    deadline = until;
  }
  ~Wait();
  Wait(const Wait&) = delete;

  // For work that must be seen to its end (a worker thread that uses our frame): cancellation does
  // not wake it.
  Wait& uncancellable() {
    cancellable_ = false;
    return *this;
  }

  bool await_ready() const noexcept { return end_ == End::happened; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> caller) {
    return suspend(caller, *caller.promise().environment);
  }
  // True: it happened. False: the deadline passed. Cancellation throws Cancelled.
  bool await_resume() {
    if (end_ == End::cancelled) throw Cancelled();
    return end_ == End::happened;
  }

  // Called on the loop's thread by whoever makes it happen, by the timer and by cancellation; the
  // first wins.
  void happen() { finish(End::happened); }
  void time_out() { finish(End::timed_out); }
  void cancel() {
    if (cancellable_) finish(End::cancelled);
  }

 private:
  enum class End { pending, happened, timed_out, cancelled };
  bool suspend(std::coroutine_handle<> caller, Environment& environment);
  void finish(End end);

  Queue* queue_;
  End end_;
  bool cancellable_ = true;
  bool queued_to_run_ = false;
  std::coroutine_handle<> caller_;
  Environment* environment_ = nullptr;
  friend class Loop;
};

// Sleeps to the deadline.
inline Wait sleep_until(Deadline deadline) {
  return Wait(nullptr, deadline);
}
template <class Rep, class Period>
Wait sleep_for(std::chrono::duration<Rep, Period> span) {
  return Wait(nullptr, after(span));
}
// Lets every other ready coroutine of this loop run first. For long loops: never keep a loop for
// over 5 ms.
Wait yield();

}  // namespace tegu::io
