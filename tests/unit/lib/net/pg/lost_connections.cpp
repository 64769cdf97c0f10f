// Client with a real server: what it promises while connections die under it.
#include <catch2/catch.hpp>

#include "client_fixture.h"
#include "io/scope.h"

using namespace tegu;
using namespace tegu::net;
using pg::Params;
using pg::Rows;
using pg::Statement;
using namespace tegu::test;

static const Statement sleep_read = {"test.sleep_read", "SELECT pg_sleep($1::text::float8)::text",
                                     true};
static const Statement sleep_write = {"test.sleep_write",
                                      "SELECT pg_sleep($1::text::float8)::text"};
static const Statement kill_all = {
    "test.kill",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND datname = current_database() AND query ~ $1 AND state ~ $2"};

static io::Task<void> run(pg::Client& client, const Statement& statement, std::string& end) {
  Params params;
  params.text("0.4");
  try {
    co_await client.query(statement, std::move(params));
    end = "ok";
  } catch (const pg::OutcomeUnknown&) {
    end = "unknown";
  } catch (const pg::Error& error) {
    end = error.what();
  }
}

static Params pattern(std::string_view query, std::string_view state) {
  Params params;
  params.text(query).text(state);
  return params;
}

static io::Task<void> kill_working(pg::Client& client, pg::Client* killer, io::Loop* loop,
                                   std::string* read, std::string* write) {
  io::Scope scope(*loop);
  scope.spawn(run(client, sleep_read, *read));
  co_await io::sleep_for(std::chrono::milliseconds(100));
  scope.spawn(run(client, sleep_write, *write));
  co_await io::sleep_for(std::chrono::milliseconds(100));
  Rows killed = co_await killer->query(kill_all, pattern("pg_sleep", "active"));
  CHECK(killed.one().int8(0) >= 1);
  co_await scope.join();
}

TEST_CASE("pg client: a lost read is run again, a lost write is unknown", "[pg]") {
  test::ClientFixture fixture;
  pg::Config killer_config = fixture.config();
  killer_config.shared_connections = 1;
  pg::Client killer(fixture.loop, killer_config);
  std::string read, write;
  fixture.run(kill_working, fixture.one_shared(), &killer, &fixture.loop, &read, &write);
  CHECK(read == "ok");
  CHECK(write == "unknown");
}

static io::Task<void> kill_idle(pg::Client& client, pg::Client* killer) {
  co_await client.query(plus, number(1));
  Rows killed = co_await killer->query(kill_all, pattern("int8", "idle"));
  CHECK(killed.one().int8(0) == 1);
  // Time for the loop to see the end: what is sent later goes to a new session.
  co_await io::sleep_for(std::chrono::milliseconds(200));
  co_await client.query(create);
  Rows rows = co_await client.query(count);
  CHECK(rows.one().int8(0) == 0);
}

TEST_CASE("pg client: an idle connection that died is replaced unseen", "[pg]") {
  test::ClientFixture fixture;
  pg::Client killer(fixture.loop, fixture.config());
  fixture.run(kill_idle, fixture.one_shared(), &killer);
}

static io::Task<void> insert_until(pg::Client& client, int64_t id, bool& stop, int64_t& stored,
                                   int64_t& unknown) {
  while (!stop) {
    id += 1000;
    bool failed = false;
    try {
      co_await client.query(insert, row(id, "x"));
      stored++;
    } catch (const pg::OutcomeUnknown&) {
      unknown++;
      failed = true;
    } catch (const pg::Unavailable&) {
      failed = true;
    }
    if (failed) co_await io::sleep_for(std::chrono::milliseconds(20));
  }
}

static io::Task<void> storm(pg::Client& client, pg::Client* killer, io::Loop* loop) {
  co_await client.query(create);
  int64_t stored = 0, unknown = 0;
  bool stop = false;
  io::Scope scope(*loop);
  for (int i = 0; i < 50; i++) scope.spawn(insert_until(client, i, stop, stored, unknown));
  for (int i = 0; i < 10; i++) {
    co_await io::sleep_for(std::chrono::milliseconds(30));
    co_await killer->query(kill_all, pattern("INSERT", ""));
  }
  stop = true;
  co_await scope.join();
  Rows rows = co_await client.query(count);
  int64_t there = rows.one().int8(0);
  CHECK(stored > 0);
  CHECK(there >= stored);
  CHECK(there <= stored + unknown);
}

TEST_CASE("pg client: under a storm of killed connections nothing acknowledged is lost", "[pg]") {
  test::ClientFixture fixture;
  pg::Client killer(fixture.loop, fixture.config());
  fixture.run(storm, fixture.config(), &killer, &fixture.loop);
}

static io::Task<void> across_restart(pg::Client& client) {
  co_await client.query(create);
  co_await client.query(insert, row(1, "kept"));
  Postgres::shared().stop();
  bool unavailable = false;
  auto asked = io::Clock::now();
  try {
    co_await client.query(count);
  } catch (const pg::Unavailable&) {
    unavailable = true;
  }
  CHECK(unavailable);
  CHECK(io::Clock::now() - asked < std::chrono::seconds(5));  // of a deadline of 10
  Postgres::shared().start();
  io::Deadline give_up = io::after(std::chrono::seconds(20));
  for (bool again = true; again && io::Clock::now() < give_up;) {
    try {
      Rows rows = co_await client.query(count);
      CHECK(rows.one().int8(0) == 1);
      again = false;
    } catch (const pg::Unavailable&) {
    }
  }
  CHECK(io::Clock::now() < give_up);
}

TEST_CASE("pg client: a restart of the server costs waiting only", "[pg]") {
  test::ClientFixture fixture;
  pg::Config config = fixture.config();
  config.pool_wait = std::chrono::milliseconds(300);
  fixture.run(across_restart, config);
}

TEST_CASE("pg client: several servers, the dead ones are passed over", "[pg]") {
  test::ClientFixture fixture;
  pg::Config config = fixture.config();
  std::string folder = Postgres::shared().folder();
  config.conninfo = "host=/nonexistent," + folder + "," + folder + " port=5432,9,5432" +
                    fixture.conninfo.substr(fixture.conninfo.find(" user="));
  auto body = [](pg::Client& client) -> io::Task<int64_t> {
    Rows rows = co_await client.query(plus, number(41));
    co_return rows.one().int8(0);
  };
  CHECK(fixture.run(body, config) == 42);
}

// ---- waits

static io::Task<void> frozen(pg::Client& client) {
  co_await client.query(create);
  Postgres::shared().freeze(true);
  std::string read_end, write_end;
  try {
    co_await client.query(count, {}, io::after(std::chrono::milliseconds(100)));
  } catch (const pg::Unavailable&) {
    read_end = "unavailable";
  }
  try {
    co_await client.query(insert, row(1, "x"), io::after(std::chrono::milliseconds(100)));
  } catch (const pg::OutcomeUnknown&) {
    write_end = "unknown";
  }
  Postgres::shared().freeze(false);
  CHECK(read_end == "unavailable");
  CHECK(write_end == "unknown");
  // The abandoned INSERT still ran to its end.
  Rows rows = co_await client.query(count);
  CHECK(rows.one().int8(0) == 1);
}

TEST_CASE("pg client: a deadline on a server that does not answer", "[pg]") {
  test::ClientFixture fixture;
  fixture.run(frozen, fixture.one_shared());
}

static io::Task<void> never_there(pg::Client& client) {
  auto start = io::Clock::now();
  bool unavailable = false;
  try {
    co_await client.query(plus, number(1));
  } catch (const pg::Unavailable& error) {
    unavailable = std::string(error.what()).find("No such file") != std::string::npos;
  }
  CHECK(unavailable);
  unavailable = false;
  try {
    co_await client.begin();
  } catch (const pg::Unavailable&) {
    unavailable = true;
  }
  CHECK(unavailable);
  CHECK(io::Clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("pg client: without a server the wait is bounded and says why", "[pg]") {
  io::Loop loop;
  pg::Config config;
  config.conninfo = "host=/nonexistent";
  config.pool_wait = std::chrono::milliseconds(200);
  pg::Client client(loop, config);
  loop.run_until_done(never_there(client));
}

static io::Task<void> cancelled_write(pg::Client& client, io::Loop* loop) {
  co_await client.query(create);
  io::Scope scope(*loop);
  std::string end;
  auto body = [](pg::Client& client) -> io::Task<void> {
    co_await client.query(insert, row(1, "x"));
  };
  scope.spawn(body(client));
  co_await scope.close();
  Rows rows = co_await client.query(count);
  CHECK(rows.one().int8(0) == 1);
}

TEST_CASE("pg client: cancelling the caller does not cancel what was sent", "[pg]") {
  test::ClientFixture fixture;
  fixture.run(cancelled_write, fixture.one_shared(), &fixture.loop);
}

static const Statement warn = {"test.warn", "DO $$ BEGIN RAISE WARNING 'not replicated'; END $$"};

TEST_CASE("pg client: a write with a WARNING is unknown", "[pg]") {
  test::ClientFixture fixture;
  auto body = [](pg::Client& client) -> io::Task<bool> {
    try {
      co_await client.query(warn);
    } catch (const pg::OutcomeUnknown&) {
      co_return true;
    }
    co_return false;
  };
  CHECK(fixture.run(body));
}

// ---- servers that changed, and limits

static const Statement become_read_only = {"test.read_only",
                                           "SET default_transaction_read_only = on"};

static io::Task<void> read_only_server(pg::Client& client) {
  co_await client.query(create);
  co_await client.query(become_read_only);
  // Refused by this session, as by a primary that became a standby; a new one takes it.
  co_await client.query(insert, row(1, "x"));
  Rows rows = co_await client.query(count);
  CHECK(rows.one().int8(0) == 1);
}

TEST_CASE("pg client: a session that became read-only is left for another", "[pg]") {
  test::ClientFixture fixture;
  fixture.run(read_only_server, fixture.one_shared());
}

static io::Task<void> thaw_later(std::chrono::milliseconds pause) {
  co_await io::sleep_for(pause);
  Postgres::shared().freeze(false);
}

static io::Task<void> stuck(pg::Client& client, io::Loop* loop) {
  Rows before = co_await client.query(plus, number(1));
  Postgres::shared().freeze(true);
  io::Scope scope(*loop);
  scope.spawn(thaw_later(std::chrono::milliseconds(600)));
  Rows after = co_await client.query(plus, number(1));
  co_await scope.join();
  CHECK(after.one().int8(0) == 2);
  CHECK(after.one().int4(1) != before.one().int4(1));
}

TEST_CASE("pg client: a connection that does not answer is given up", "[pg]") {
  test::ClientFixture fixture;
  pg::Config config = fixture.one_shared();
  config.stuck_after = std::chrono::milliseconds(200);
  fixture.run(stuck, config, &fixture.loop);
}
