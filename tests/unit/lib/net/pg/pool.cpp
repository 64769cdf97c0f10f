// With a real server: shared connections that make themselves ready.
#include "net/pg/pool.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>

#include "base/text.h"
#include "net/pg/client.h"
#include "support/postgres.h"

using namespace tegu;
using namespace tegu::net;
using namespace std::chrono_literals;
using pg::Call;
using pg::Params;
using pg::Rows;
using pg::Statement;

static const Statement create = {"test.create", "CREATE TABLE t (id int8 PRIMARY KEY)"};
static const Statement hot_write = {"hot.write", "INSERT INTO t VALUES ($1)"};
static const Statement hot_broken = {"hot.broken", "SELECT 1 FROM no_such_table", true};
static const Statement hot_bad = {"hot.bad", "DELETE FROM no_such_table"};
static const Statement hot_slow = {"hot.slow", "SELECT pg_sleep(0.3)::text", true};
static const Statement hot_last = {"hot.last", "SELECT count(*) FROM t WHERE id = $1", true};
static const Statement seen = {
    "test.seen",
    "SELECT count(*) FILTER (WHERE name ~ '^hot'), "
    "count(*) FILTER (WHERE name ~ '^hot.last' AND generic_plans > 0), "
    "count(*) FILTER (WHERE name ~ '^hot.write' AND generic_plans > 0), "
    "(SELECT count(*) FROM t), pg_backend_pid() FROM pg_prepared_statements",
    true};
static const Statement kill = {"test.kill", "SELECT pg_terminate_backend(pg_backend_pid())", false};

namespace {

struct Seen {
  int64_t prepared = 0, last = 0, write = 0, rows = 0;
  int32_t pid = 0;
};

Call of(const Statement& statement) {
  Params params;
  params.add(int64_t{0});
  return {&statement, std::move(params)};
}

io::Task<Seen> look(pg::Client& client) {
  Rows rows = co_await client.query(seen);
  pg::Row row = rows.one();
  co_return Seen{row.int8(0), row.int8(1), row.int8(2), row.int8(3), row.int4(4)};
}

// Until the last of the hot statements has its plan.
io::Task<Seen> look_when_warm(pg::Client& client) {
  Seen seen;
  for (io::Deadline end = io::after(20s); io::Clock::now() < end && seen.last == 0;)
    seen = co_await look(client);
  co_return seen;
}

// What goes to standard error meanwhile.
class Errors {
 public:
  Errors() { ::dup2(::fileno(file_), 2); }
  ~Errors() {
    ::dup2(before_, 2);
    ::close(before_);
    std::fclose(file_);
  }
  Errors(const Errors&) = delete;
  size_t lines_with(std::string_view text) const {
    std::string all(65536, '\0');
    all.resize(static_cast<size_t>(
        std::max<ssize_t>(::pread(::fileno(file_), all.data(), all.size(), 0), 0)));
    auto lines = base::split(all, '\n');
    return static_cast<size_t>(
        std::ranges::count_if(lines, [&](std::string_view line) { return line.contains(text); }));
  }

 private:
  int before_ = ::dup(2);
  std::FILE* file_ = std::tmpfile();
};

struct Fixture {
  io::Loop loop;
  pg::Config config;
  Fixture() {
    config.conninfo = test::Postgres::shared().fresh_database();
    config.shared_connections = 1;
    config.generic_plans = true;
    pg::Client client(loop, config);
    loop.run_until_done(client.query(create));
  }
  template <class Body>
  void run(Body body) {
    pg::Client client(loop, config);
    loop.run_until_done(body(client));
  }
};

}  // namespace

static io::Task<void> behind_requests(pg::Client& client) {
  client.keep_warm({of(hot_write), of(hot_last)});
  // Nobody is kept waiting: this was asked before the connection came to be.
  Seen first = co_await look(client);
  CHECK(first.prepared == 0);
  Seen warm = co_await look_when_warm(client);
  CHECK(warm.prepared == 2);
  CHECK(warm.write == 1);
  CHECK(warm.rows == 0);
  // They are what the real ones use.
  co_await client.batch({of(hot_write), of(hot_last)});
  Seen used = co_await look(client);
  CHECK(used.prepared == 2);
  CHECK(used.rows == 1);
}

TEST_CASE("pg pool: statements are made ready behind what waits, and writes are not run", "[pg]") {
  Fixture().run(behind_requests);
}

static io::Task<void> failing(pg::Client& client) {
  Errors errors;
  Seen before = co_await look(client);
  client.keep_warm({{&hot_broken, {}}, {&hot_bad, {}}, of(hot_last)});
  Seen warm = co_await look_when_warm(client);
  CHECK(warm.prepared == 1);
  CHECK(warm.pid == before.pid);
  CHECK(errors.lines_with("pg.not_warm") == 1);
  CHECK(errors.lines_with("hot.broken: ") == 1);
}

TEST_CASE("pg pool: a statement that cannot be made ready harms nothing", "[pg]") {
  Fixture().run(failing);
}

static io::Task<void> again_after_loss(pg::Client& client) {
  client.keep_warm({of(hot_last)});
  Seen before = co_await look_when_warm(client);
  CHECK_THROWS_AS(co_await client.query(kill), pg::OutcomeUnknown);
  Seen first = co_await look(client);
  CHECK(first.pid != before.pid);
  CHECK(first.prepared == 0);
  Seen warm = co_await look_when_warm(client);
  CHECK(warm.last == 1);
}

TEST_CASE("pg pool: a new session is made ready anew, behind what waits", "[pg]") {
  Fixture().run(again_after_loss);
}

static io::Task<void> few_connections(pg::Client& client) {
  client.keep_warm({{&hot_slow, {}}, of(hot_last)});
  while (client.load().connected == 0 || client.load().in_flight == 0) co_await io::sleep_for(1ms);
  co_await look(client);
  CHECK(client.load().connected == 1);
  co_await look_when_warm(client);
  CHECK(client.load().connected == 1);
}

TEST_CASE("pg pool: being made ready is no reason for one more connection", "[pg]") {
  Fixture fixture;
  fixture.config.shared_connections = 4;
  fixture.run(few_connections);
}
