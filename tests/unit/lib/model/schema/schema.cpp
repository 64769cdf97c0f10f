#include "model/schema/schema.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/text.h"

#include "io/scope.h"
#include "io/sync.h"
#include "support/model.h"

using namespace tegu;
using net::pg::Params;
using net::pg::Statement;
using test::ModelDatabase;
using test::Postgres;

static io::Task<void> migrate_into(net::pg::Client& client, std::vector<std::string>& done) {
  done = co_await model::schema::migrate(client);
}

static io::Task<void> migrate_twice_at_once(net::pg::Client& client, io::Loop* loop,
                                            size_t* applied) {
  std::vector<std::string> first, second;
  io::Scope scope(*loop);
  scope.spawn(migrate_into(client, first));
  scope.spawn(migrate_into(client, second));
  co_await scope.join();
  *applied = first.size() + second.size();
}

TEST_CASE("schema: migrates once, whoever asks", "[schema]") {
  io::Loop loop;
  net::pg::Client client(loop, ModelDatabase::config_of(Postgres::shared().fresh_database()));
  auto before = loop.run_until_done(model::schema::status(client));
  CHECK(before.applied.empty());
  CHECK(before.pending.size() == static_cast<size_t>(model::schema::required_version()));
  CHECK(before.pending.front() == "001_spine");
  CHECK_THROWS_AS(loop.run_until_done(model::schema::check(client)), model::schema::Mismatch);
  size_t applied = 0;
  loop.run_until_done(migrate_twice_at_once(client, &loop, &applied));
  CHECK(applied == before.pending.size());
  auto after = loop.run_until_done(model::schema::status(client));
  CHECK(after.pending.empty());
  CHECK(after.applied.back().version == model::schema::required_version());
  loop.run_until_done(model::schema::check(client));
}

static const Statement pretend_newer{
    "test.newer", "INSERT INTO schema_version VALUES (900, 'future', $1, now())"};

static Params number(int32_t value) {
  Params params;
  params.add(value);
  return params;
}

TEST_CASE("schema: a newer one is refused unless it serves us", "[schema]") {
  ModelDatabase serves;
  serves.sql(pretend_newer, number(model::schema::required_version()));
  serves.run(model::schema::check);
  ModelDatabase refuses;
  refuses.sql(pretend_newer, number(model::schema::required_version() + 1));
  CHECK_THROWS_AS(refuses.run(model::schema::check), model::schema::Mismatch);
  CHECK_THROWS_AS(refuses.run(model::schema::migrate), model::schema::Mismatch);
}

static const Statement read_rights{
    "test.rights",
    "SELECT r.role || ' ' || t.name || ' ' || "
    "concat(CASE WHEN has_table_privilege(r.role, t.name, 'SELECT') THEN 'r' END, "
    "CASE WHEN has_table_privilege(r.role, t.name, 'INSERT') THEN 'i' END, "
    "CASE WHEN has_table_privilege(r.role, t.name, 'UPDATE') THEN 'u' END, "
    "CASE WHEN has_table_privilege(r.role, t.name, 'DELETE') THEN 'd' END, "
    "CASE WHEN has_table_privilege(r.role, t.name, 'TRUNCATE, TRIGGER, REFERENCES') THEN '!' END) "
    "FROM unnest($1::text[]) AS r (role), "
    "(SELECT relname::text AS name FROM pg_class "
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) t",
    true};

TEST_CASE("schema: the matrix of rights", "[schema]") {
  struct {
    std::string_view tables;
    std::map<std::string, std::string> want;  // role without "tegu_" to rights; others: none
  } matrix[] = {
      {"setting schema_version",
       {{"smtpd", "r"},
        {"router", "r"},
        {"queue", "r"},
        {"imapd", "r"},
        {"davd", "r"},
        {"migrate", "r"}}},
      {"node",
       {{"smtpd", "riu"},
        {"router", "riu"},
        {"queue", "riu"},
        {"imapd", "riu"},
        {"davd", "riu"},
        {"migrate", "riu"}}},
      {"audit",
       {{"smtpd", "i"},
        {"router", "i"},
        {"queue", "i"},
        {"imapd", "i"},
        {"davd", "i"},
        {"migrate", "i"}}},
      {"ban", {{"smtpd", "riud"}, {"imapd", "r"}, {"davd", "r"}}},
      {"domain account address route",
       {{"router", "r"}, {"queue", "r"}, {"imapd", "r"}, {"davd", "r"}, {"migrate", "r"}}},
      {"credential", {{"router", "r"}}},
      {"content content_chunk",
       {{"queue", "rid"}, {"imapd", "ri"}, {"davd", "ri"}, {"migrate", "ri"}}},
      {"content_loose", {{"queue", "riud"}, {"imapd", "riu"}, {"davd", "riu"}, {"migrate", "riu"}}},
      {"mailbox", {{"queue", "riud"}, {"imapd", "riud"}, {"davd", "riud"}, {"migrate", "riud"}}},
      {"message mailbox_log mailbox_view mailbox_digest mailbox_keyword",
       {{"queue", "rid"}, {"imapd", "rid"}, {"davd", "rid"}, {"migrate", "rid"}}},
      {"queue_item queue_rcpt", {{"queue", "riud"}}},
  };
  ModelDatabase database;
  std::vector<std::string> roles;
  for (auto role : model::schema::our_roles()) {
    if (role != "tegu_owner") roles.emplace_back(role);
  }
  Params params;
  params.texts(roles);
  std::map<std::string, std::string> found;
  auto rows = database.sql(read_rights, std::move(params));
  for (auto row : rows) {
    std::string line(row.text(0));
    size_t blank = line.rfind(' ');
    found[line.substr(0, blank)] = line.substr(blank + 1);
  }
  for (const auto& [tables, want] : matrix) {
    for (auto table : base::split(tables, ' ')) {
      for (const std::string& role : roles) {
        std::string key = role + " " + std::string(table);
        INFO(key);
        REQUIRE(found.contains(key));
        auto right = want.find(role.substr(5));
        CHECK(found[key] == (right == want.end() ? "" : right->second));
        found.erase(key);
      }
    }
  }
  for (const auto& [key, rights] : found) FAIL_CHECK(key << " is not in the matrix: " << rights);
}

static const Statement router_reads{
    "test.router_reads",
    "SELECT has_column_privilege('tegu_router', 'mailbox', 'bytes', "
    "'SELECT'), has_column_privilege('tegu_router', 'mailbox', "
    "'name', 'SELECT')"};

TEST_CASE("schema: the router sees sizes of mailboxes, not their names", "[schema]") {
  ModelDatabase database;
  auto rows = database.sql(router_reads);
  CHECK(rows.one().boolean(0));
  CHECK(!rows.one().boolean(1));
}

TEST_CASE("schema: what the server promises is read", "[schema]") {
  ModelDatabase database;
  auto found = database.run(model::schema::durability);
  CHECK(found.server_version >= 140000);
  CHECK(found.fatal.empty());
  CHECK(!found.warnings.empty());  // the tests' server runs without fsync
}

static const Statement has_password{
    "test.has_password", "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = $1"};

TEST_CASE("schema: passwords of our roles only", "[schema]") {
  ModelDatabase database;
  using namespace std::string_literals;
  database.run(model::schema::set_password, "tegu_smtpd"s, "it's \"a\" $tegu_do$ secret\\"s);
  Params name;
  name.text("tegu_smtpd");
  CHECK(database.sql(has_password, std::move(name)).one().boolean(0));
  CHECK_THROWS_AS(database.run(model::schema::set_password, "postgres"s, "x"s), base::UsageError);
  CHECK_THROWS_AS(database.run(model::schema::set_password, "tegu_smtpd"s, ""s), base::UsageError);
}

static const Statement add_domain{"test.add_domain", "INSERT INTO domain (name) VALUES ($1)"};

static io::Task<void> listen_to(net::pg::Client& client, std::vector<std::string>& heard,
                                io::Event& listening, io::Event& told) {
  co_await client.listen(
      {"tegu_directory"},
      [&](std::string_view, std::string_view payload) {
        heard.emplace_back(payload);
        told.set();
      },
      [&] { listening.set(); });
}

static io::Task<std::vector<std::string>> hear_a_change(net::pg::Client& client) {
  std::vector<std::string> heard;
  io::Event listening, told;
  io::Scope scope(*(co_await io::this_environment()).loop);
  scope.spawn(listen_to(client, heard, listening, told));
  co_await listening.wait(io::after(std::chrono::seconds(10)));
  Params name;
  name.text("example.org");
  co_await client.query(add_domain, std::move(name));
  co_await told.wait(io::after(std::chrono::seconds(10)));
  co_await scope.close();
  co_return heard;
}

TEST_CASE("schema: a change of the directory is told", "[schema]") {
  ModelDatabase database;
  CHECK(database.run(hear_a_change) == std::vector<std::string>{"domain:1"});
}
