// Children are started, started again when they die, and ended in the way that was asked for.
#include "supervisor.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "io/loop.h"

using namespace tegu;
using namespace tegu::ctl;
using namespace std::chrono_literals;

namespace {

io::Task<void> watch(Supervisor& supervisor) {
  supervisor.scope().spawn(supervisor.follow_signals(false));
  auto& steady = supervisor.keep("sleep", {.words = {"/bin/sleep", "600"}}, SIGTERM);
  auto& dying = supervisor.keep("false", {.words = {"/bin/false"}}, SIGTERM);
  auto& deaf = supervisor.keep(
      "deaf", {.words = {"/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"}}, SIGTERM);
  while (dying.quick_ends < 2) co_await io::sleep_for(5ms);
  CHECK(dying.status == 1);
  CHECK(steady.pid > 0);
  CHECK(steady.quick_ends == 0);

  pid_t before = steady.pid;
  ::kill(before, SIGKILL);
  while (steady.pid == before || steady.pid == 0) co_await io::sleep_for(5ms);
  CHECK(steady.status == 128 + SIGKILL);

  co_await supervisor.stop(steady, 5s);
  CHECK(steady.pid == 0);
  CHECK(steady.status == 128 + SIGTERM);
  co_await supervisor.stop(dying, 5s);
  co_await supervisor.stop(deaf, 1s);
  CHECK(deaf.status == 128 + SIGKILL);

  CHECK(!supervisor.wanted_end().is_set());
  ::kill(::getpid(), SIGTERM);
  co_await supervisor.wanted_end().wait();
  co_await supervisor.close();
}

}  // namespace

TEST_CASE("ctl supervisor: keeps, restarts, ends", "[ctl]") {
  io::Loop loop;
  Supervisor supervisor(loop);
  loop.run_until_done(watch(supervisor));
}

TEST_CASE("ctl program: output, status, and no inherited descriptors", "[ctl]") {
  auto ended = run_program({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}, std::nullopt);
  CHECK(ended.status == 3);
  CHECK(ended.output == "out\nerr\n");
  int fds[2];
  REQUIRE(::pipe(fds) == 0);
  auto listed = run_program({"/bin/sh", "-c", "ls /proc/self/fd | wc -l"}, std::nullopt);
  CHECK(listed.output == "4\n");  // 0, 1, 2 and the folder itself
  ::close(fds[0]);
  ::close(fds[1]);
  CHECK(run_program({"/bin/sh", "-c", "kill -9 $$"}, std::nullopt).status == 128 + SIGKILL);
  CHECK(
      run_program({"/bin/sh", "-c", "echo $LANG$SECRET"}, std::nullopt, {{"SECRET", "x"}}).output ==
      "C.UTF-8x\n");
  CHECK_THROWS_AS(run_program({"/no/such/program"}, std::nullopt), base::SystemError);
}
