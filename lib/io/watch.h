// Watch and Poll: the two ways in which coroutines wait for a descriptor.
#pragma once
#include <memory>

#include "io/sync.h"

struct event;  // libevent

namespace tegu::io {

namespace detail {
struct EventFree {
  void operator()(event* e) const noexcept;
};
}  // namespace detail

// Edge-triggered and registered once, for descriptors that we read and write ourselves: try first,
// wait only after EAGAIN, and no edge is ever missed. Does not own the descriptor, which must
// outlive it.
class Watch {
 public:
  Watch(Loop& loop, int fd);
  Watch(const Watch&) = delete;
  Wait readable(Deadline deadline) { return readable_.wait(deadline); }
  Wait writable(Deadline deadline) { return writable_.wait(deadline); }
  // Before the descriptor is closed under its waiters.
  void wake_all() {
    readable_.notify_all();
    writable_.notify_all();
  }

 private:
  Signal readable_, writable_;
  std::unique_ptr<event, detail::EventFree> event_;
};

// Level-triggered and registered for one wait at a time, for descriptors that a foreign library
// reads as it likes (libpq, libunbound). One waiter at a time.
class Poll {
 public:
  Poll(Loop& loop, int fd);
  Poll(const Poll&) = delete;
  struct Ready {
    bool readable = false;
    bool writable = false;
    explicit operator bool() const { return readable || writable; }
  };
  // Neither: the deadline passed first. A dead connection is both, for the library to find out.
  Task<Ready> wait(bool for_read, bool for_write, Deadline deadline);
  Task<Ready> readable(Deadline deadline) { return wait(true, false, deadline); }

 private:
  Loop& loop_;
  int fd_;
  Ready ready_;
  Signal woken_;
  std::unique_ptr<event, detail::EventFree> event_;
};

}  // namespace tegu::io
