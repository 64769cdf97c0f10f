#include "net/pg/listener.h"

#include <catch2/catch.hpp>

#include "io/scope.h"
#include "net/pg/client.h"
#include "support/postgres.h"

using namespace tegu;
using namespace tegu::net;
using pg::Rows;
using pg::Statement;
using test::Postgres;

static const Statement kill_listeners = {
    "test.listen.kill",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    " AND datname = current_database()"};

TEST_CASE("pg listener: payloads are joined, repeated ones told once", "[pg]") {
  using Texts = std::vector<std::string>;
  struct {
    Texts in;
    size_t limit;
    Texts want;
  } table[] = {
      {{}, 10, {}},
      {{"b", "a", "b"}, 10, {"a,b"}},
      {{"aaaa", "bbbb", "cccc"}, 9, {"aaaa,bbbb", "cccc"}},
      {{"aaaa", "bbbb"}, 8, {"aaaa", "bbbb"}},
  };
  for (const auto& row : table) CHECK(pg::join_payloads(row.in, row.limit) == row.want);
}

namespace {
struct Heard {
  std::vector<std::string> notes;
  int connects = 0;
  io::Signal changed;
};
}  // namespace

static io::Task<void> hear(pg::Client& client, Heard& heard) {
  std::vector<std::string> channels = {"test_one", "test_two"};
  co_await client.listen(
      std::move(channels),
      [&heard](std::string_view channel, std::string_view payload) {
        heard.notes.push_back(std::string(channel) + "=" + std::string(payload));
        heard.changed.notify_all();
      },
      [&heard] {
        heard.connects++;
        heard.changed.notify_all();
      });
}

static io::Task<void> tell_and_hear(pg::Client& client, io::Loop& loop, Heard& heard) {
  io::Scope scope(loop);
  scope.spawn(hear(client, heard));
  io::Deadline give_up = io::after(std::chrono::seconds(10));
  while (heard.connects < 1 && co_await heard.changed.wait(give_up)) {
  }
  co_await client.notify("test_one", "2:5");
  co_await client.notify("test_two", "x");
  co_await client.notify("test_one", "1:7");
  co_await client.notify("test_one", "2:5");
  while (heard.notes.size() < 2 && co_await heard.changed.wait(give_up)) {
  }
  co_await client.query(kill_listeners);
  while (heard.connects < 2 && co_await heard.changed.wait(give_up)) {
  }
  co_await client.notify("test_two", "again");
  while (heard.notes.size() < 3 && co_await heard.changed.wait(give_up)) {
  }
  co_await scope.close();
}

TEST_CASE("pg listener: hears gathered notifications, also after its connection died", "[pg]") {
  io::Loop loop;
  pg::Config config;
  config.conninfo = Postgres::shared().fresh_database();
  pg::Client client(loop, config);
  Heard heard;
  loop.run_until_done(tell_and_hear(client, loop, heard));
  CHECK(heard.connects == 2);
  CHECK(heard.notes ==
        std::vector<std::string>{"test_one=1:7,2:5", "test_two=x", "test_two=again"});
}
