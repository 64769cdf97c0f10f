#include "io/watch.h"

#include <event2/event.h>

#include "io/loop.h"

namespace tegu::io {

void detail::EventFree::operator()(event* e) const noexcept {
  event_free(e);
}

Watch::Watch(Loop& loop, int fd)
    : event_(event_new(
          loop.native(), fd, EV_READ | EV_WRITE | EV_ET | EV_PERSIST,
          [](int, short what, void* self) noexcept {
            auto& watch = *static_cast<Watch*>(self);
            if (what & EV_READ) watch.readable_.notify_all();
            if (what & EV_WRITE) watch.writable_.notify_all();
          },
          this)) {
  if (!event_ || event_add(event_.get(), nullptr) < 0) {
    throw base::Error("libevent: cannot watch a descriptor");
  }
}

Poll::Poll(Loop& loop, int fd) : loop_(loop), fd_(fd) {}

Task<Poll::Ready> Poll::wait(bool for_read, bool for_write, Deadline deadline) {
  ready_ = {};
  event_.reset(event_new(
      loop_.native(), fd_,
      static_cast<short>((for_read ? EV_READ : 0) | (for_write ? EV_WRITE : 0)),
      [](int, short what, void* self) noexcept {
        auto& poll = *static_cast<Poll*>(self);
        poll.ready_ = {(what & EV_READ) != 0, (what & EV_WRITE) != 0};
        poll.woken_.notify_all();
      },
      this));
  if (!event_ || event_add(event_.get(), nullptr) < 0) {
    throw base::Error("libevent: cannot poll a descriptor");
  }
  struct Remove {
    Poll& poll;
    ~Remove() { poll.event_.reset(); }
  } remove{*this};
  co_await woken_.wait(deadline);
  co_return ready_;
}

}  // namespace tegu::io
