#include "batcher.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "io/loop.h"
#include "io/scope.h"

using namespace tegu;
using Batcher = queue::Batcher<int>;

namespace {

// A database that is as slow as the test wants.
struct Journal {
  std::vector<std::vector<int>> batches;
  io::Event may_commit;
  int poison = -1;  // an entry that fails alone
  bool down = false;

  io::Task<void> commit(Batcher::Batch& batch) {
    std::vector<int> entries;
    for (auto& pending : batch) entries.push_back(pending->entry);
    batches.push_back(entries);
    co_await may_commit.wait();
    if (down) throw base::Error("database is down");
    for (auto& pending : batch) {
      if (pending->entry == poison) pending->error = std::make_exception_ptr(base::Error("poison"));
    }
  }
};

io::Task<void> submit(Batcher& batcher, int entry, size_t bytes, std::vector<std::string>& told) {
  try {
    co_await batcher.submit(entry, bytes);
    told.push_back(std::to_string(entry));
  } catch (const base::Error& error) {
    told.push_back(std::to_string(entry) + " " + error.what());
  }
}

struct Fixture {
  io::Loop loop;
  Journal journal;
  std::vector<std::string> told;
  Batcher batcher;
  explicit Fixture(Batcher::Limits limits)
      : batcher(limits, [this](Batcher::Batch& batch) { return journal.commit(batch); }) {}
};

io::Task<void> five_while_one_commits(Fixture& f) {
  io::Scope scope(f.loop);
  scope.spawn(f.batcher.run());
  scope.spawn(submit(f.batcher, 1, 10, f.told));
  while (f.journal.batches.empty()) co_await io::yield();
  for (int i = 2; i <= 6; ++i) scope.spawn(submit(f.batcher, i, 10, f.told));
  co_await io::yield();
  CHECK(f.journal.batches.size() == 1);
  CHECK(f.told.empty());
  f.journal.may_commit.set();
  f.batcher.stop();
  co_await scope.join();
}

}  // namespace

TEST_CASE("queue batcher: the next batch gathers while one commits", "[queue]") {
  Fixture f({.entries = 100, .bytes = 1000});
  f.loop.run_until_done(five_while_one_commits(f));
  CHECK(f.journal.batches == std::vector<std::vector<int>>{{1}, {2, 3, 4, 5, 6}});
  CHECK(f.told.size() == 6);
}

TEST_CASE("queue batcher: bounded by entries and by bytes", "[queue]") {
  Fixture few({.entries = 2, .bytes = 1000});
  few.loop.run_until_done(five_while_one_commits(few));
  CHECK(few.journal.batches == std::vector<std::vector<int>>{{1}, {2, 3}, {4, 5}, {6}});
  Fixture small({.entries = 100, .bytes = 25});
  small.loop.run_until_done(five_while_one_commits(small));
  CHECK(small.journal.batches == std::vector<std::vector<int>>{{1}, {2, 3}, {4, 5}, {6}});
  Fixture alone({.entries = 100, .bytes = 1});
  alone.loop.run_until_done(five_while_one_commits(alone));
  CHECK(alone.journal.batches.size() == 6);
}

TEST_CASE("queue batcher: other limits hold from the next batch on", "[queue]") {
  Fixture f({.entries = 1, .bytes = 1000});
  f.batcher.set_limits({.entries = 3, .bytes = 1000});
  f.loop.run_until_done(five_while_one_commits(f));
  CHECK(f.journal.batches == std::vector<std::vector<int>>{{1}, {2, 3, 4}, {5, 6}});
}

TEST_CASE("queue batcher: nobody is told \"stored\" when the commit fails", "[queue]") {
  Fixture f({.entries = 100, .bytes = 1000});
  f.journal.down = true;
  f.loop.run_until_done(five_while_one_commits(f));
  REQUIRE(f.told.size() == 6);
  for (const std::string& line : f.told) CHECK(line.ends_with(" database is down"));
}

TEST_CASE("queue batcher: one bad entry does not spoil its batch", "[queue]") {
  Fixture f({.entries = 100, .bytes = 1000});
  f.journal.poison = 3;
  f.loop.run_until_done(five_while_one_commits(f));
  CHECK(f.told == std::vector<std::string>{"1", "2", "3 poison", "4", "5", "6"});
}

static io::Task<void> caller_goes(Fixture& f) {
  io::Scope commits(f.loop), callers(f.loop);
  commits.spawn(f.batcher.run());
  callers.spawn(submit(f.batcher, 1, 10, f.told));
  co_await io::yield();
  co_await callers.close();
  f.journal.may_commit.set();
  f.batcher.stop();
  co_await commits.join();
}

TEST_CASE("queue batcher: a caller that goes away leaves its entry to the batch", "[queue]") {
  Fixture f({.entries = 100, .bytes = 1000});
  f.loop.run_until_done(caller_goes(f));
  CHECK(f.journal.batches == std::vector<std::vector<int>>{{1}});
  CHECK(f.told.empty());
}
