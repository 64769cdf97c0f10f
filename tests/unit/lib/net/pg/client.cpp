// With a real server: what a Client promises while connections die under it.
#include "net/pg/client.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "io/scope.h"
#include "support/postgres.h"

using namespace tegu;
using namespace tegu::net;
using pg::Call;
using pg::Params;
using pg::Rows;
using pg::Statement;
using test::Postgres;

static const Statement plus = {"test.plus", "SELECT $1::int8 + 1, pg_backend_pid()", true};
static const Statement divide = {"test.divide", "SELECT 1 / $1::int4", true};
static const Statement sleep_read = {"test.sleep_read", "SELECT pg_sleep($1::text::float8)::text",
                                     true};
static const Statement sleep_write = {"test.sleep_write",
                                      "SELECT pg_sleep($1::text::float8)::text"};
static const Statement create = {"test.create", "CREATE TABLE t (id int8 PRIMARY KEY, v text)"};
static const Statement insert = {"test.insert", "INSERT INTO t VALUES ($1, $2)"};
static const Statement count = {"test.count", "SELECT count(*) FROM t", true};
static const Statement kill_all = {
    "test.kill",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND datname = current_database() AND query ~ $1 AND state ~ $2"};

static Params number(int64_t value) {
  Params params;
  params.add(value);
  return params;
}
static Params row(int64_t id, std::string_view value) {
  Params params;
  params.add(id).text(value);
  return params;
}

namespace {
// A database of its own and a loop.
struct Fixture {
  std::string conninfo = Postgres::shared().fresh_database();
  io::Loop loop;

  pg::Config config() const {
    pg::Config config;
    config.conninfo = conninfo;
    return config;
  }
  template <class Body, class... Args>
  auto run(Body body, pg::Config config, Args... args) {
    pg::Client client(loop, std::move(config));
    return loop.run_until_done(body(client, args...));
  }
  template <class Body>
  auto run(Body body) {
    return run(body, config());
  }
};
}  // namespace

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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
  bool refused = false, after = false;
  fixture.run(refused_commit, fixture.config(), &fixture.loop, &refused, &after);
  CHECK(refused);
  CHECK(after);
}

static const Statement all_types = {
    "test.types",
    "SELECT $1::int8, $2::int4, $3::int2, $4::bool, $5::text, $6::bytea, $7::timestamptz, $8::text,"
    " $9::int8[], $10::int4[], $11::text[], $12::bytea[], $13::timestamptz[], $14::bool[],"
    " $15::text::jsonb->>'a', $16::int2[], cardinality($17::text[]), $17[2] IS NULL, $18 = 'x'",
    true};

static io::Task<Rows> round_trip(pg::Client& client) {
  base::WallTime now(std::chrono::microseconds(1763757906123456));
  std::string zeros("\0\1\0", 3);
  Params params;
  params.add(int64_t{INT64_MIN}).add(int32_t{INT32_MAX}).add(int16_t{-1}).add(false);
  params.text("Привет").bytes(zeros).time(now).text_or_null(std::nullopt);
  params.int8s(std::vector<int64_t>{1, INT64_MAX}).int4s(std::vector<int32_t>{});
  params.texts(std::vector<std::string>{"", "б"}).byteas(std::vector<std::string>{zeros});
  params.times(std::vector<base::WallTime>{now}).bools({true, false}).text(R"({"a":"json"})");
  params.int2s(std::vector<int16_t>{3});
  params.texts_or_null(std::vector<std::optional<std::string>>{"a", std::nullopt});
  params.text("x");
  return client.query(all_types, std::move(params));
}

TEST_CASE("pg client: values survive the round trip", "[pg]") {
  Fixture fixture;
  Rows rows = fixture.run(round_trip);
  pg::Row row = rows.one();
  std::string zeros("\0\1\0", 3);
  base::WallTime now(std::chrono::microseconds(1763757906123456));
  CHECK(row.int8(0) == INT64_MIN);
  CHECK(row.int4(1) == INT32_MAX);
  CHECK(row.int8(2) == -1);
  CHECK_FALSE(row.boolean(3));
  CHECK(row.text(4) == "Привет");
  CHECK(row.bytes(5) == zeros);
  CHECK(row.time(6) == now);
  CHECK(row.is_null(7));
  CHECK(row.text_or_null(7) == std::nullopt);
  CHECK(row.int8s(8) == std::vector<int64_t>{1, INT64_MAX});
  CHECK(row.int4s(9).empty());
  CHECK(row.texts(10) == std::vector<std::string>{"", "б"});
  CHECK(row.byteas(11) == std::vector<std::string>{zeros});
  CHECK(row.times(12) == std::vector<base::WallTime>{now});
  CHECK(row.bools(13) == std::vector<bool>{true, false});
  CHECK(row.text(14) == "json");
  CHECK(row.int8s(15) == std::vector<int64_t>{3});
  CHECK(row.int4(16) == 2);
  CHECK(row.boolean(17));
  CHECK(row.boolean(18));
  CHECK_THROWS_AS(row.int8(4), pg::Error);
  CHECK_THROWS_AS(row.text(7), pg::Error);
  CHECK_THROWS_AS(row.int8s(10), pg::Error);
  CHECK_THROWS_AS(row.int4(0), pg::Error);
}

static const Statement star = {"test.star", "SELECT * FROM t", true};
static const Statement alter = {"test.alter", "ALTER TABLE t ADD COLUMN w int4 DEFAULT 5"};
static const Statement deallocate = {"test.deallocate", "DEALLOCATE ALL"};

static io::Task<void> replan(pg::Client& client) {
  co_await client.query(create);
  co_await client.query(insert, row(1, "a"));
  co_await client.query(star);
  co_await client.query(alter);
  Rows rows = co_await client.query(star);
  CHECK(rows.one().int4(2) == 5);
  co_await client.query(deallocate);
  rows = co_await client.query(star);
  CHECK(rows.size() == 1);
}

TEST_CASE("pg client: stale prepared statements are made anew", "[pg]") {
  Fixture fixture;
  pg::Config config = fixture.config();
  config.shared_connections = 1;
  fixture.run(replan, config);
}

TEST_CASE("pg client: plans that do not look at parameters, where wanted", "[pg]") {
  Fixture fixture;
  static const Statement mode = {"test.mode", "SELECT current_setting('plan_cache_mode')", true};
  auto body = [](pg::Client& client) -> io::Task<std::string> {
    Rows rows = co_await client.query(mode);
    co_return std::string(rows.one().text(0));
  };
  pg::Config config = fixture.config();
  CHECK(fixture.run(body, config) == "auto");
  config.generic_plans = true;
  CHECK(fixture.run(body, config) == "force_generic_plan");
}

TEST_CASE("pg client: the same statement with other types of parameters", "[pg]") {
  Fixture fixture;
  static const Statement same = {"test.same", "SELECT $1 IS NULL", true};
  auto body = [](pg::Client& client) -> io::Task<int> {
    int nulls = 0;
    for (int i = 0; i < 2; i++) {
      Params typed, untyped;
      typed.add(int64_t{1});
      untyped.text_or_null(std::nullopt);
      Rows a = co_await client.query(same, std::move(typed));
      Rows b = co_await client.query(same, std::move(untyped));
      nulls += a.one().boolean(0) + b.one().boolean(0);
    }
    co_return nulls;
  };
  CHECK(fixture.run(body) == 2);
}

// ---- connections that die

static io::Task<void> run_read(pg::Client& client, std::string& end) {
  Params params;
  params.text("0.4");
  try {
    co_await client.query(sleep_read, std::move(params));
    end = "ok";
  } catch (const pg::Error& error) {
    end = error.what();
  }
}
static io::Task<void> run_write(pg::Client& client, std::string& end) {
  Params params;
  params.text("0.4");
  try {
    co_await client.query(sleep_write, std::move(params));
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
  scope.spawn(run_read(client, *read));
  co_await io::sleep_for(std::chrono::milliseconds(100));
  scope.spawn(run_write(client, *write));
  co_await io::sleep_for(std::chrono::milliseconds(100));
  Rows killed = co_await killer->query(kill_all, pattern("pg_sleep", "active"));
  CHECK(killed.one().int8(0) >= 1);
  co_await scope.join();
}

TEST_CASE("pg client: a lost read is run again, a lost write is unknown", "[pg]") {
  Fixture fixture;
  pg::Config killer_config = fixture.config();
  killer_config.shared_connections = 1;
  pg::Client killer(fixture.loop, killer_config);
  std::string read, write;
  pg::Config config = fixture.config();
  config.shared_connections = 1;
  fixture.run(kill_working, config, &killer, &fixture.loop, &read, &write);
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
  Fixture fixture;
  pg::Client killer(fixture.loop, fixture.config());
  pg::Config config = fixture.config();
  config.shared_connections = 1;
  fixture.run(kill_idle, config, &killer);
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
  Fixture fixture;
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
  Fixture fixture;
  pg::Config config = fixture.config();
  config.pool_wait = std::chrono::milliseconds(300);
  fixture.run(across_restart, config);
}

TEST_CASE("pg client: several servers, the dead ones are passed over", "[pg]") {
  Fixture fixture;
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
  Fixture fixture;
  pg::Config config = fixture.config();
  config.shared_connections = 1;
  fixture.run(frozen, config);
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
  Fixture fixture;
  pg::Config config = fixture.config();
  config.shared_connections = 1;
  fixture.run(cancelled_write, config, &fixture.loop);
}

static const Statement warn = {"test.warn", "DO $$ BEGIN RAISE WARNING 'not replicated'; END $$"};

TEST_CASE("pg client: a write with a WARNING is unknown", "[pg]") {
  Fixture fixture;
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
  Fixture fixture;
  pg::Config config = fixture.config();
  config.shared_connections = 1;
  fixture.run(read_only_server, config);
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
  Fixture fixture;
  pg::Config config = fixture.config();
  config.shared_connections = 1;
  config.stuck_after = std::chrono::milliseconds(200);
  fixture.run(stuck, config, &fixture.loop);
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
  Fixture fixture;
  pg::Config config = fixture.config();
  config.shared_connections = 1;
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
  Fixture fixture;
  pg::Config config = fixture.config();
  config.idle_close = std::chrono::milliseconds(200);
  fixture.run(rests, config, &fixture.loop);
}

static const Statement make_small = {"test.make_small",
                                     "CREATE TABLE small (id int8 PRIMARY KEY, v text)"};
static const Statement fill_small = {
    "test.fill_small",
    "INSERT INTO small SELECT n, repeat('x', 250) FROM generate_series(1, 120) n"};
static const Statement analyze_small = {"test.analyze_small", "ANALYZE small"};
static const Statement explain_small = {"test.explain_small",
                                        "EXPLAIN SELECT v FROM small WHERE id = 7", true};

static io::Task<std::string> plan_of_small(pg::Client& client) {
  for (const Statement* statement : {&make_small, &fill_small, &analyze_small})
    co_await client.query(*statement);
  Rows plan = co_await client.query(explain_small);
  co_return std::string(plan[0].text(0));
}

TEST_CASE("pg client: a plan is good for a table that will grow", "[pg]") {
  Fixture fixture;
  CHECK_THAT(fixture.run(plan_of_small), Catch::StartsWith("Index Scan"));
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
