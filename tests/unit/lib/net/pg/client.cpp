// Client with a real server: who shares its pipelines, and how they are bounded.
#include "net/pg/client.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "client_fixture.h"
#include "io/scope.h"

using namespace tegu;
using namespace tegu::net;
using pg::Call;
using pg::Params;
using pg::Rows;
using pg::Statement;
using namespace tegu::test;

static const Statement divide = {"test.divide", "SELECT 1 / $1::int4", true};

static io::Task<void> add_one(pg::Client& client, int64_t value, int64_t& sum) {
  Rows rows = co_await client.query(plus, number(value), io::after(std::chrono::seconds(60)));
  if (rows.one().int8(0) == value + 1) sum++;
}

static io::Task<int64_t> add_many(pg::Client& client, io::Loop* loop) {
  int64_t right = 0;
  io::Scope scope(*loop);
  for (int64_t i = 0; i < 1000; i++) scope.spawn(add_one(client, i, right));
  co_await scope.join();
  co_return right;
}

TEST_CASE("pg client: a thousand coroutines share the pipelines", "[pg]") {
  test::ClientFixture fixture;
  CHECK(fixture.run(add_many, fixture.config(), &fixture.loop) == 1000);
}

static io::Task<void> sort_errors(pg::Client& client, int32_t divisor, int& good, int& bad) {
  Params params;
  params.add(divisor);
  try {
    Rows rows = co_await client.query(divide, std::move(params));
    if (rows.one().int4(0) == 1) good++;
  } catch (const pg::Error& error) {
    if (error.sqlstate() == "22012") bad++;
  }
}

static io::Task<void> mixed(pg::Client& client, io::Loop* loop, int* good, int* bad) {
  io::Scope scope(*loop);
  for (int i = 0; i < 300; i++) scope.spawn(sort_errors(client, i % 3 == 0 ? 0 : 1, *good, *bad));
  co_await scope.join();
}

TEST_CASE("pg client: an error hits its own request only", "[pg]") {
  test::ClientFixture fixture;
  int good = 0, bad = 0;
  fixture.run(mixed, fixture.config(), &fixture.loop, &good, &bad);
  CHECK(good == 200);
  CHECK(bad == 100);
}

static io::Task<int64_t> broken_batch(pg::Client& client) {
  co_await client.query(create);
  std::vector<Call> calls;
  calls.push_back({&insert, row(1, "a")});
  calls.push_back({&insert, row(1, "again")});
  calls.push_back({&insert, row(2, "b")});
  try {
    co_await client.batch(std::move(calls));
  } catch (const pg::Error& error) {
    CHECK(pg::is_unique_violation(error));
    CHECK(std::string(error.what()).find("test.insert") == 0);
  }
  std::vector<Call> good;
  good.push_back({&insert, row(1, "a")});
  good.push_back({&count, {}});
  auto rows = co_await client.batch(std::move(good));
  CHECK(rows[0].affected() == 1);
  co_return rows[1].one().int8(0);
}

TEST_CASE("pg client: a batch is all or nothing", "[pg]") {
  test::ClientFixture fixture;
  CHECK(fixture.run(broken_batch) == 1);
}

static const Statement deferred = {"test.deferred",
                                   "CREATE TABLE d (id int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)"};
static const Statement insert_deferred = {"test.insert_deferred",
                                          "INSERT INTO d SELECT $1 FROM generate_series(1, 2)"};

static io::Task<void> refused_commit(pg::Client& client, io::Loop*, bool* refused, bool* after) {
  co_await client.query(deferred);
  try {
    co_await client.query(insert_deferred, number(1));
  } catch (const pg::Error& error) {
    *refused = pg::is_unique_violation(error);
  }
  Rows rows = co_await client.query(plus, number(1));
  *after = rows.one().int8(0) == 2;
}

TEST_CASE("pg client: an error of the implicit commit belongs to its request", "[pg]") {
  test::ClientFixture fixture;
  bool refused = false, after = false;
  fixture.run(refused_commit, fixture.config(), &fixture.loop, &refused, &after);
  CHECK(refused);
  CHECK(after);
}

static io::Task<void> note_end(pg::Client& client, std::vector<std::string>& ends) {
  try {
    co_await client.query(plus, number(1));
    ends.push_back("ok");
  } catch (const pg::Unavailable& error) {
    ends.push_back(error.what());
  }
}

static io::Task<void> crowded(pg::Client& client, io::Loop* loop) {
  co_await client.query(plus, number(1));
  Postgres::shared().freeze(true);
  std::vector<std::string> ends;
  io::Scope scope(*loop);
  for (int i = 0; i < 5; i++) scope.spawn(note_end(client, ends));
  CHECK(client.load().in_flight == 2);
  CHECK(client.load().waiting == 2);
  CHECK(ends == std::vector<std::string>{"test.plus: too many requests wait for the database"});
  Postgres::shared().freeze(false);
  co_await scope.join();
  CHECK(std::ranges::count(ends, "ok") == 4);
}

TEST_CASE("pg client: pipelines and the queue before them are bounded", "[pg]") {
  test::ClientFixture fixture;
  pg::Config config = fixture.one_shared();
  config.pipeline_depth = 2;
  config.waiting_limit = 2;
  fixture.run(crowded, config, &fixture.loop);
}

static const Statement sessions = {
    "test.sessions", "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
    true};

static io::Task<void> rests(pg::Client& client, io::Loop* loop) {
  int64_t right = 0;
  io::Scope scope(*loop);
  for (int64_t i = 0; i < 500; i++) scope.spawn(add_one(client, i, right));
  {
    pg::Transaction tx = co_await client.begin();
  }
  co_await scope.join();
  Rows many = co_await client.query(sessions);
  CHECK(many.one().int8(0) > 1);
  int64_t left = 0;
  for (io::Deadline end = io::after(std::chrono::seconds(10)); io::Clock::now() < end;) {
    Rows rows = co_await client.query(sessions);
    left = rows.one().int8(0);
    if (left == 1) break;
    co_await io::sleep_for(std::chrono::milliseconds(50));
  }
  CHECK(left == 1);
  pg::Transaction again = co_await client.begin();
  co_await again.query(plus, number(1));
  co_await again.commit();
}

TEST_CASE("pg client: connections that nobody uses end", "[pg]") {
  test::ClientFixture fixture;
  pg::Config config = fixture.config();
  config.idle_close = std::chrono::milliseconds(200);
  fixture.run(rests, config, &fixture.loop);
}

TEST_CASE("pg config: a process with many loops takes few connections", "[pg]") {
  struct {
    size_t loops, shared, exclusive;
  } table[] = {{1, 4, 8}, {2, 4, 4}, {8, 2, 1}, {64, 2, 1}};
  for (const auto& row : table) {
    pg::Config config = pg::Config().divided(row.loops);
    CHECK(config.shared_connections == row.shared);
    CHECK(config.exclusive_connections == row.exclusive);
  }
}
