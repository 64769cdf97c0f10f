#include "io/workers.h"

#include <catch2/catch.hpp>
#include <latch>

#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::io;

static Task<int> square(Workers& workers, int number) {
  co_return co_await workers.run([number] { return number * number; });
}

static Task<void> add_square(Workers& workers, int number, int& sum) {
  sum += co_await square(workers, number);
}

static Task<int> sum_of_squares(Loop& loop, Workers& workers, int count) {
  int sum = 0;
  Scope scope(loop);
  for (int i = 1; i <= count; i++) scope.spawn(add_square(workers, i, sum));
  co_await scope.join();
  co_return sum;
}

TEST_CASE("io workers: results come back to their loop", "[io]") {
  Workers workers(3, 1000);
  Loop loop;
  CHECK(loop.run_until_done(sum_of_squares(loop, workers, 100)) == 338350);
}

TEST_CASE("io workers: several loops share them", "[io]") {
  Workers workers(2, 1000);
  std::vector<int> sums(4);
  {
    std::vector<std::jthread> threads;
    for (int& sum : sums) {
      threads.emplace_back([&workers, &sum] {
        for (int round = 0; round < 20; round++) {
          Loop loop;
          sum = loop.run_until_done(sum_of_squares(loop, workers, 50));
        }
      });
    }
  }
  CHECK(sums == std::vector<int>(4, 42925));
}

static Task<std::string> failing(Workers& workers) {
  co_return co_await workers.run([]() -> std::string { throw base::Error("broken work"); });
}

TEST_CASE("io workers: an exception reaches the caller", "[io]") {
  Workers workers(1, 10);
  Loop loop;
  CHECK_THROWS_WITH(loop.run_until_done(failing(workers)), "broken work");
}

static Task<void> block(Workers& workers, std::latch& release, int& done) {
  co_await workers.run([&release] { release.wait(); });
  done++;
}

static Task<void> overload(Loop& loop, Workers& workers) {
  std::latch release(1);
  int done = 0;
  Scope scope(loop);
  scope.spawn(block(workers, release, done));
  while (workers.queued() > 0) co_await yield();
  for (int i = 0; i < 3; i++) scope.spawn(block(workers, release, done));
  CHECK_THROWS_AS(co_await square(workers, 2), Overloaded);
  // Cancelled work is finished all the same: the frames stay until then.
  scope.cancel();
  CHECK(scope.size() == 4);
  release.count_down();
  co_await scope.join();
  CHECK(done == 4);
}

TEST_CASE("io workers: a full queue refuses, cancellation waits", "[io]") {
  Workers workers(1, 3);
  Loop loop;
  loop.run_until_done(overload(loop, workers));
}

TEST_CASE("io loop: posts from many threads all arrive, in each one's order", "[io]") {
  Loop loop;
  constexpr int each = 2000;
  std::vector<int> last(4, -1);
  int left = 4 * each;
  bool in_order = true;
  std::vector<std::jthread> threads;
  for (size_t t = 0; t < last.size(); t++) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < each; i++) {
        loop.post([&, t, i] {
          in_order &= last[t] == i - 1;
          last[t] = i;
          if (--left == 0) loop.stop();
        });
      }
    });
  }
  loop.run();
  CHECK(left == 0);
  CHECK(in_order);
}
