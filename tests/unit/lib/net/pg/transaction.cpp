#include "net/pg/transaction.h"

#include <catch2/catch.hpp>

#include "io/scope.h"
#include "net/pg/client.h"
#include "support/postgres.h"

using namespace tegu;
using namespace tegu::net;
using pg::Params;
using pg::Rows;
using pg::Statement;
using test::Postgres;

static const Statement create = {"test.tx.create", "CREATE TABLE t (id int8 PRIMARY KEY)"};
static const Statement insert = {"test.tx.insert", "INSERT INTO t VALUES ($1)"};
static const Statement count = {"test.tx.count", "SELECT count(*) FROM t", true};
static const Statement kill_open = {
    "test.tx.kill",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND datname = current_database() AND state = 'idle in transaction'"};

static Params number(int64_t value) {
  Params params;
  params.add(value);
  return params;
}

namespace {
struct Fixture {
  io::Loop loop;
  pg::Config config;
  Fixture() {
    config.conninfo = Postgres::shared().fresh_database();
    config.exclusive_connections = 2;
    config.pool_wait = std::chrono::milliseconds(500);
  }
  template <class Body>
  void run(Body body) {
    pg::Client client(loop, config);
    loop.run_until_done(body(client, loop));
  }
};
}  // namespace

static io::Task<int64_t> rows_in_t(pg::Client& client) {
  Rows rows = co_await client.query(count);
  co_return rows.one().int8(0);
}

static io::Task<void> commits_and_rolls_back(pg::Client& client, io::Loop&) {
  co_await client.query(create);
  int64_t committed = 0, dropped = 0;
  {
    pg::Transaction tx = co_await client.begin();
    co_await tx.query(insert, number(1));
    co_await tx.query(insert, number(2));
    committed = co_await tx.id();
    CHECK(co_await rows_in_t(client) == 0);
    CHECK(co_await client.outcome(committed) == pg::XactStatus::in_progress);
    co_await tx.commit();
  }
  CHECK(co_await rows_in_t(client) == 2);
  CHECK(co_await client.outcome(committed) == pg::XactStatus::committed);
  {
    pg::Transaction tx = co_await client.begin();
    co_await tx.query(insert, number(3));
    dropped = co_await tx.id();
  }
  // Both connections again: the one that rolled back is among them.
  {
    pg::Transaction a = co_await client.begin();
    pg::Transaction b = co_await client.begin();
    co_await a.commit();
  }
  CHECK(co_await client.outcome(dropped) == pg::XactStatus::aborted);
  CHECK(co_await rows_in_t(client) == 2);
}

TEST_CASE("pg transaction: commit keeps, destruction rolls back", "[pg]") {
  Fixture().run(commits_and_rolls_back);
}

static io::Task<void> commits_with_the_last(pg::Client& client, io::Loop&) {
  co_await client.query(create);
  auto calls = [](std::vector<int64_t> values) {
    std::vector<pg::Call> all;
    for (int64_t value : values) all.push_back({&insert, number(value)});
    all.push_back({&count, {}});
    return all;
  };
  for (int64_t begun : {0, 1}) {
    pg::Transaction tx = co_await client.begin();
    if (begun != 0) co_await tx.query(insert, number(10));
    auto rows = co_await tx.commit(calls({begun * 100 + 1, begun * 100 + 2}));
    REQUIRE(rows.size() == 3);
    CHECK(rows[2].one().int8(0) == (begun == 0 ? 2 : 5));
  }
  CHECK(co_await rows_in_t(client) == 5);
  // One is refused: none is there, and the connection serves the next.
  for (int i = 0; i < 3; i++) {
    pg::Transaction tx = co_await client.begin();
    co_await tx.query(insert, number(20));
    bool violated = false;
    try {
      co_await tx.commit(calls({21, 1, 22}));
    } catch (const pg::Error& error) {
      violated = pg::is_unique_violation(error);
    }
    CHECK(violated);
  }
  CHECK(co_await rows_in_t(client) == 5);
}

TEST_CASE("pg transaction: the last statements go with the commit", "[pg]") {
  Fixture().run(commits_with_the_last);
}

static io::Task<void> failed_one(pg::Client& client, io::Loop&) {
  co_await client.query(create);
  std::string commit_state;
  {
    pg::Transaction tx = co_await client.begin();
    co_await tx.query(insert, number(1));
    bool violated = false;
    try {
      co_await tx.query(insert, number(1));
    } catch (const pg::Error& error) {
      violated = pg::is_unique_violation(error);
    }
    CHECK(violated);
    try {
      co_await tx.commit();
    } catch (const pg::Error& error) {
      commit_state = error.sqlstate();
    }
  }
  CHECK(commit_state == "25P02");
  CHECK(co_await rows_in_t(client) == 0);
}

TEST_CASE("pg transaction: the commit of a failed one says so", "[pg]") {
  Fixture().run(failed_one);
}

static io::Task<void> pool_is_bounded(pg::Client& client, io::Loop&) {
  co_await client.query(create);
  pg::Transaction a = co_await client.begin();
  bool refused = false;
  {
    pg::Transaction b = co_await client.begin();
    co_await b.query(insert, number(1));
    CHECK(client.load().borrowed == 2);
    try {
      co_await client.begin();
    } catch (const pg::Unavailable&) {
      refused = true;
    }
  }
  CHECK(refused);
  pg::Transaction c = co_await client.begin();
  co_await c.query(insert, number(1));
  co_await c.commit();
  CHECK(co_await rows_in_t(client) == 1);
}

TEST_CASE("pg transaction: waiting for a connection is bounded", "[pg]") {
  Fixture().run(pool_is_bounded);
}

static io::Task<void> killed_before_commit(pg::Client& client, io::Loop&) {
  co_await client.query(create);
  std::string end;
  {
    pg::Transaction tx = co_await client.begin();
    co_await tx.query(insert, number(1));
    Rows killed = co_await client.query(kill_open);
    CHECK(killed.one().int8(0) == 1);
    co_await io::sleep_for(std::chrono::milliseconds(100));
    try {
      co_await tx.query(insert, number(2));
    } catch (const pg::Unavailable&) {
      end = "unavailable";
    }
  }
  CHECK(end == "unavailable");
  CHECK(co_await rows_in_t(client) == 0);
  pg::Transaction next = co_await client.begin();
  co_await next.query(insert, number(3));
  co_await next.commit();
  CHECK(co_await rows_in_t(client) == 1);
}

TEST_CASE("pg transaction: one that lost its connection leaves nothing", "[pg]") {
  Fixture().run(killed_before_commit);
}

static const Statement slow_commit_table = {"test.tx.slow", "CREATE TABLE s (id int8 PRIMARY KEY)"};
static const Statement slow_commit_function = {
    "test.tx.slow_function",
    "CREATE FUNCTION wait_a_bit() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$"};
static const Statement slow_commit_trigger = {
    "test.tx.slow_trigger",
    "CREATE CONSTRAINT TRIGGER w AFTER INSERT ON s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    " EXECUTE FUNCTION wait_a_bit()"};
static const Statement insert_slow = {"test.tx.insert_slow", "INSERT INTO s VALUES ($1)"};
static const Statement count_slow = {"test.tx.count_slow", "SELECT count(*) FROM s", true};
static const Statement kill_commit = {
    "test.tx.kill_commit",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND datname = current_database() AND query = 'COMMIT' AND state = 'active'"};

static io::Task<void> insert_slowly(pg::Client& client, int64_t id, std::string& end,
                                    int64_t& transaction) {
  try {
    pg::Transaction tx = co_await client.begin();
    co_await tx.query(insert_slow, number(id));
    transaction = co_await tx.id();
    co_await tx.commit();
    end = "committed";
  } catch (const pg::OutcomeUnknown&) {
    end = "unknown";
  } catch (const pg::Error& error) {
    end = error.what();
  }
}

static io::Task<void> commit_in_trouble(pg::Client& client, io::Loop& loop) {
  co_await client.query(slow_commit_table);
  co_await client.query(slow_commit_function);
  co_await client.query(slow_commit_trigger);
  std::string end;
  int64_t transaction = 0;
  io::Scope killed(loop);
  killed.spawn(insert_slowly(client, 1, end, transaction));
  co_await io::sleep_for(std::chrono::milliseconds(200));
  Rows rows = co_await client.query(kill_commit);
  CHECK(rows.one().int8(0) == 1);
  co_await killed.join();
  CHECK(end == "unknown");
  CHECK(co_await client.outcome(transaction) == pg::XactStatus::aborted);

  end.clear();
  io::Scope cancelled(loop);
  cancelled.spawn(insert_slowly(client, 2, end, transaction));
  co_await io::sleep_for(std::chrono::milliseconds(200));
  co_await cancelled.close();
  CHECK(end.empty());
  co_await io::sleep_for(std::chrono::milliseconds(400));
  CHECK(co_await client.outcome(transaction) == pg::XactStatus::committed);
  Rows there = co_await client.query(count_slow);
  CHECK(there.one().int8(0) == 1);
  CHECK(client.load().borrowed == 0);
}

TEST_CASE("pg transaction: a killed COMMIT is looked up, a cancelled caller never cancels one",
          "[pg]") {
  Fixture().run(commit_in_trouble);
}

static io::Task<int> fail_twice(int& calls) {
  if (++calls < 3) throw pg::Error("conflict", "40001");
  co_return calls;
}
static io::Task<void> fail_otherwise(int& calls) {
  calls++;
  throw pg::Error("other", "23505");
  co_return;
}
static io::Task<void> retries(int& conflicts, int& others) {
  int result = co_await pg::retry_conflicts([&conflicts] { return fail_twice(conflicts); });
  CHECK(result == 3);
  try {
    co_await pg::retry_conflicts([&others] { return fail_otherwise(others); });
  } catch (const pg::Error& error) {
    CHECK(error.sqlstate() == "23505");
  }
}

TEST_CASE("pg transaction: conflicts are retried, other errors are not", "[pg]") {
  io::Loop loop;
  int conflicts = 0, others = 0;
  loop.run_until_done(retries(conflicts, others));
  CHECK(conflicts == 3);
  CHECK(others == 1);
}
