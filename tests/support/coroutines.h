// For tests of coroutines: connected descriptors, and cancellation at every wait of a task.
#pragma once
#include <fcntl.h>
#include <sys/socket.h>

#include <utility>

#include "base/error.h"
#include "base/handle.h"
#include "io/loop.h"
#include "io/scope.h"

namespace tegu::test {

inline std::pair<base::Fd, base::Fd> socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0) {
    base::throw_errno("socketpair");
  }
  return {base::Fd(fds[0]), base::Fd(fds[1])};
}

namespace detail {
inline io::Task<void> note_end(io::Task<void> task, bool& ended) {
  co_await std::move(task);
  ended = true;
}
inline io::Task<bool> cancel_after(io::Loop& loop, io::Task<void> task, size_t turns) {
  bool ended = false;
  io::Scope scope(loop);
  scope.spawn(note_end(std::move(task), ended));
  for (size_t i = 0; i < turns && !ended; i++) co_await io::yield();
  co_await scope.close();
  co_return ended;
}
}  // namespace detail

// Runs make() again and again, cancelled after 0, 1, 2 ... turns of the loop, until it ends by
// itself; gives the number of runs that were cancelled. The sanitizers see what a cancelled run
// leaves behind.
template <class Make>
size_t cancel_at_every_wait(io::Loop& loop, Make make) {
  size_t turns = 0;
  while (!loop.run_until_done(detail::cancel_after(loop, make(), turns))) {
    if (++turns > 10000) bug("the task does not end");
  }
  return turns;
}

}  // namespace tegu::test
