// Task, Scope, waits and deadlines on a real loop; time is only waited for where a deadline is the
// subject.
#include "io/scope.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "io/loop.h"
#include "io/sync.h"

using namespace tegu::io;

static Task<int> add(int a, int b) {
  co_return a + b;
}
static Task<int> fail() {
  throw std::runtime_error("no");
  co_return 0;
}

static Task<std::string> nested() {
  int sum = co_await add(1, 2);
  try {
    co_await fail();
  } catch (const std::runtime_error& error) {
    co_return error.what() + std::to_string(sum);
  }
  co_return "";
}

TEST_CASE("io task: values and exceptions reach the awaiting task", "[io]") {
  Loop loop;
  CHECK(loop.run_until_done(nested()) == "no3");
}

static Task<void> wait_for(Event& event, std::vector<int>& seen, int number) {
  co_await event.wait();
  seen.push_back(number);
}

static Task<void> both(Loop& loop, std::vector<int>& seen) {
  Event event;
  Scope scope(loop);
  scope.spawn(wait_for(event, seen, 1));
  scope.spawn(wait_for(event, seen, 2));
  CHECK(seen.empty());
  event.set();
  co_await scope.join();
}

TEST_CASE("io scope: join waits for every task", "[io]") {
  Loop loop;
  std::vector<int> seen;
  loop.run_until_done(both(loop, seen));
  CHECK(seen == std::vector{1, 2});
}

static Task<void> note_cancel(Event& event, int& cancelled) {
  try {
    co_await event.wait();
  } catch (const Cancelled&) {
    cancelled++;
    throw;
  }
}

static Task<void> inner_scope(Loop& loop, Event& event, int& cancelled) {
  Scope inner(loop);
  inner.spawn(note_cancel(event, cancelled));
  inner.spawn(note_cancel(event, cancelled));
  co_await inner.join();
}

static Task<void> cancel_outer(Loop& loop, int& cancelled) {
  Event never_set;
  Scope scope(loop);
  scope.spawn(note_cancel(never_set, cancelled));
  scope.spawn(inner_scope(loop, never_set, cancelled));
  co_await yield();
  co_await scope.close();
}

TEST_CASE("io scope: cancel reaches nested scopes at their waits", "[io]") {
  Loop loop;
  int cancelled = 0;
  loop.run_until_done(cancel_outer(loop, cancelled));
  CHECK(cancelled == 3);
}

static Task<void> throw_after(Event& event) {
  co_await event.wait();
  throw std::runtime_error("broken");
}

static Task<std::string> sibling_fails(Loop& loop, int& cancelled) {
  Event go, never_set;
  Scope scope(loop);
  scope.spawn(note_cancel(never_set, cancelled));
  scope.spawn(throw_after(go));
  go.set();
  try {
    co_await scope.join();
  } catch (const std::runtime_error& error) {
    co_return error.what();
  }
  co_return "";
}

TEST_CASE("io scope: a failing task cancels its siblings and join throws", "[io]") {
  Loop loop;
  int cancelled = 0;
  CHECK(loop.run_until_done(sibling_fails(loop, cancelled)) == "broken");
  CHECK(cancelled == 1);
}

static Task<bool> times_out(Deadline deadline) {
  Event never_set;
  co_return co_await never_set.wait(deadline);
}

static Task<int> end_with(Task<int> body, Loop& loop, Event& event, int& cancelled) {
  Scope scope(loop);
  scope.spawn(note_cancel(event, cancelled));
  co_return co_await scope.enclose(std::move(body));
}

TEST_CASE("io scope: enclose ends the tasks with its body", "[io]") {
  Loop loop;
  Event never_set;
  int cancelled = 0;
  CHECK(loop.run_until_done(end_with(add(1, 2), loop, never_set, cancelled)) == 3);
  CHECK(cancelled == 1);
  CHECK_THROWS_WITH(loop.run_until_done(end_with(fail(), loop, never_set, cancelled)), "no");
  CHECK(cancelled == 2);
}

TEST_CASE("io wait: a deadline ends it", "[io]") {
  Loop loop;
  CHECK_FALSE(loop.run_until_done(times_out(after(std::chrono::milliseconds(1)))));
  CHECK_FALSE(loop.run_until_done(times_out(Clock::now())));
}

static Task<std::vector<int>> sleep_in_order(Loop& loop, std::vector<int> delays) {
  struct Sleeper {
    static Task<void> run(int delay, Deadline start, std::vector<int>& woken) {
      co_await sleep_until(start + std::chrono::milliseconds(delay));
      woken.push_back(delay);
    }
  };
  std::vector<int> woken;
  Scope scope(loop);
  Deadline start = Clock::now();
  for (int delay : delays) scope.spawn(Sleeper::run(delay, start, woken));
  co_await scope.join();
  co_return woken;
}

TEST_CASE("io timer: deadlines pass in their order", "[io]") {
  Loop loop;
  CHECK(loop.run_until_done(sleep_in_order(loop, {9, 3, 7, 1, 8, 2, 6, 4, 5})) ==
        std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

static Task<size_t> fight_for(Loop& loop, Semaphore& semaphore) {
  struct Holder {
    static Task<void> run(Semaphore& semaphore, size_t& most, size_t& holding) {
      auto permit = co_await semaphore.acquire();
      most = std::max(most, ++holding);
      co_await yield();
      holding--;
    }
  };
  size_t most = 0, holding = 0;
  Scope scope(loop);
  for (int i = 0; i < 10; i++) scope.spawn(Holder::run(semaphore, most, holding));
  co_await scope.join();
  co_return most;
}

TEST_CASE("io semaphore: never more holders than permits", "[io]") {
  Loop loop;
  Semaphore semaphore(3);
  CHECK(loop.run_until_done(fight_for(loop, semaphore)) == 3);
  CHECK(semaphore.free() == 3);
}
