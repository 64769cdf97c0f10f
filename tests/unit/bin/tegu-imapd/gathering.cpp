#include "gathering.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "base/error.h"

namespace tegu::imapd {
namespace {

using Strings = Gathering<std::string>;

constexpr model::mailbox::Key inbox{base::AccountId{1}, base::MailboxId{1}};
constexpr model::mailbox::Key other{base::AccountId{1}, base::MailboxId{2}};

// Notes each batch, waits for `go`, and answers every entry with its place.
struct Commits {
  std::vector<std::vector<std::string>> batches;
  io::Event go;

  io::Task<void> commit(Strings::Batch& batch) {
    batches.emplace_back();
    for (auto& pending : batch) batches.back().push_back(pending->entry);
    size_t number = batches.size();
    co_await go.wait();
    for (auto& pending : batch) {
      if (pending->entry == "bad")
        pending->error = std::make_exception_ptr(base::Error("bad"));
      else
        pending->entry += std::to_string(number);
    }
    if (batch.front()->entry == "broken1") throw base::Error("all of them");
  }
  Strings::Commit function() {
    return [this](Strings::Batch& batch) { return commit(batch); };
  }
};

io::Task<void> submit(Strings& gathering, model::mailbox::Key key, std::string entry, size_t bytes,
                      io::Scope& scope, Commits& commits, std::vector<std::string>& answers) {
  try {
    answers.push_back(
        co_await gathering.submit(key, std::move(entry), bytes, scope, commits.function()));
  } catch (const io::Cancelled&) {
    answers.push_back("cancelled");
  } catch (const base::Error& error) {
    answers.push_back(std::string("error: ") + error.what());
  }
}

struct Fixture {
  io::Loop loop;
  Strings gathering{{.entries = 3, .bytes = 100}};
  Commits commits;
  std::vector<std::string> answers;

  // Submits in this order, then lets the commits go.
  void run(std::vector<std::pair<std::string, size_t>> entries, bool cancel = false) {
    loop.run_until_done(run_all(std::move(entries), cancel));
  }
  io::Task<void> run_all(std::vector<std::pair<std::string, size_t>> entries, bool cancel) {
    io::Scope scope(loop);
    for (auto& [entry, bytes] : entries)
      scope.spawn(submit(gathering, inbox, entry, bytes, scope, commits, answers));
    if (cancel) {
      co_await scope.close();
      co_return;
    }
    commits.go.set();
    co_await scope.join();
  }
};

}  // namespace

TEST_CASE("gathering: one alone goes at once, what comes meanwhile goes together", "[imapd]") {
  Fixture f;
  f.run({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}});
  using Batches = std::vector<std::vector<std::string>>;
  CHECK(f.commits.batches == Batches{{"a"}, {"b", "c", "d"}, {"e"}});
  CHECK(f.answers == std::vector<std::string>{"a1", "b2", "c2", "d2", "e3"});
  f.run({{"f", 1}});
  CHECK(f.answers.back() == "f4");
}

TEST_CASE("gathering: octets bound a batch", "[imapd]") {
  Fixture f;
  f.run({{"a", 500}, {"b", 60}, {"c", 50}, {"d", 1}});
  using Batches = std::vector<std::vector<std::string>>;
  CHECK(f.commits.batches == Batches{{"a"}, {"b"}, {"c", "d"}});
}

TEST_CASE("gathering: an error is its entry's, or everybody's", "[imapd]") {
  Fixture f;
  f.run({{"a", 1}, {"bad", 1}, {"c", 1}});
  CHECK(f.answers == std::vector<std::string>{"a1", "error: bad", "c2"});
  f.answers.clear();
  Fixture g;
  g.run({{"broken", 1}, {"b", 1}});
  CHECK(g.answers == std::vector<std::string>{"error: all of them", "b2"});
}

TEST_CASE("gathering: the end of the worker's scope is told to all that wait", "[imapd]") {
  Fixture f;
  f.run({{"a", 1}, {"b", 1}}, true);
  CHECK(f.answers ==
        std::vector<std::string>{"error: the service ends", "error: the service ends"});
  // And nobody is thought to be at work.
  f.commits.go.set();
  f.run({{"c", 1}});
  CHECK(f.answers.back() == "c2");
}

TEST_CASE("gathering: mailboxes do not wait for each other", "[imapd]") {
  Fixture f;
  auto body = [](Fixture& f) -> io::Task<void> {
    io::Scope scope(f.loop);
    scope.spawn(submit(f.gathering, inbox, "a", 1, scope, f.commits, f.answers));
    scope.spawn(submit(f.gathering, other, "b", 1, scope, f.commits, f.answers));
    CHECK(f.commits.batches.size() == 2);
    f.commits.go.set();
    co_await scope.join();
  };
  f.loop.run_until_done(body(f));
}

namespace {

// No waiting for others: the loops race.
io::Task<void> commit_at_once(Strings::Batch& batch) {
  for (auto& pending : batch) pending->entry += "!";
  co_await io::yield();
}

io::Task<void> submit_many(Strings& gathering, io::Scope& scope, int& right) {
  for (int i = 0; i < 2000; i++) {
    auto answer = co_await gathering.submit(inbox, std::to_string(i), 1, scope, commit_at_once);
    right += answer == std::to_string(i) + "!";
  }
}

io::Task<void> serve(io::Loop& loop, Strings& gathering, int& right) {
  io::Scope scope(loop);
  std::vector<int> each(4);
  for (int& count : each) scope.spawn(submit_many(gathering, scope, count));
  co_await scope.join();
  for (int count : each) right += count;
}

}  // namespace

TEST_CASE("gathering: loops work for each other", "[imapd]") {
  Strings gathering;
  io::Loop here, there;
  int right_here = 0, right_there = 0;
  {
    std::jthread thread([&] { there.run_until_done(serve(there, gathering, right_there)); });
    here.run_until_done(serve(here, gathering, right_here));
  }
  CHECK(right_here == 8000);
  CHECK(right_there == 8000);
}

}  // namespace tegu::imapd
