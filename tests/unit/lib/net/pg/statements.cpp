// Client with a real server: values, types and plans of prepared statements.
#include <catch2/catch.hpp>

#include "client_fixture.h"

using namespace tegu;
using namespace tegu::net;
using pg::Params;
using pg::Rows;
using pg::Statement;
using test::create;
using test::insert;
using test::row;

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
  test::ClientFixture fixture;
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
  test::ClientFixture fixture;
  fixture.run(replan, fixture.one_shared());
}

TEST_CASE("pg client: plans that do not look at parameters, where wanted", "[pg]") {
  test::ClientFixture fixture;
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
  test::ClientFixture fixture;
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
  test::ClientFixture fixture;
  CHECK_THAT(fixture.run(plan_of_small), Catch::StartsWith("Index Scan"));
}
