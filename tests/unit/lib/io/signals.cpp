#include "io/signals.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "support/coroutines.h"

using namespace tegu::io;

static Task<std::vector<int>> raise_and_wait(Loop& loop) {
  Signals signals(loop, {SIGUSR1, SIGHUP});
  std::vector<int> seen;
  for (int number : {SIGHUP, SIGUSR1, SIGHUP}) {
    ::kill(::getpid(), number);
    seen.push_back(co_await signals.next());
  }
  co_return seen;
}

TEST_CASE("io signals: values on the loop", "[io]") {
  Loop loop;
  CHECK(loop.run_until_done(raise_and_wait(loop)) == std::vector{SIGHUP, SIGUSR1, SIGHUP});
  struct sigaction now{};
  ::sigaction(SIGUSR1, nullptr, &now);
  CHECK(now.sa_handler == SIG_DFL);
}

static Task<void> wait_for_signal(Loop& loop) {
  Signals signals(loop, {SIGUSR1});
  co_await signals.next();
}

static Task<void> stop_waiting(Loop& loop) {
  Scope scope(loop);
  scope.spawn(wait_for_signal(loop));
  co_await scope.close();
}

TEST_CASE("io signals: waiting can be cancelled", "[io]") {
  Loop loop;
  loop.run_until_done(stop_waiting(loop));
}
