#include "model/schema/schema.h"

#include <algorithm>

#include "model/schema/embedded.h"

namespace tegu::model::schema {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

int required_version() {
  return migrations.back().version;
}

static std::string label(int version, std::string_view name) {
  std::string number = std::to_string(version);
  return std::string(3 - std::min<size_t>(3, number.size()), '0') + number + "_" +
         std::string(name);
}

static const Statement find_versions{
    "schema_find_versions", "SELECT to_regclass('public.schema_version') IS NOT NULL", true};

static const Statement read_versions{
    "schema_read_versions",
    "SELECT version, name, serves, applied_at FROM schema_version ORDER BY version", true};

static Status compare(const Rows* rows) {
  Status status;
  if (rows != nullptr) {
    for (auto row : *rows) {
      status.applied.push_back({row.int4(0), std::string(row.text(1)), row.int4(2), row.time(3)});
    }
  }
  int newest = status.applied.empty() ? 0 : status.applied.back().version;
  for (const Migration& migration : migrations) {
    if (migration.version > newest) {
      status.pending.push_back(label(migration.version, migration.name));
    }
  }
  return status;
}

io::Task<Status> status(net::pg::Client& database) {
  Rows found = co_await database.query(find_versions, Params());
  if (!found.one().boolean(0)) co_return compare(nullptr);
  Rows rows = co_await database.query(read_versions, Params());
  co_return compare(&rows);
}

static const Statement lock_schema{"schema_lock",
                                   "SELECT pg_advisory_xact_lock(x'74656775'::bigint)"};
// A migration may take long on a large database.
static const Statement no_timeout{
    "schema_no_timeout",
    "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true), "
    "set_config('search_path', 'public', true)"};
static const Statement become_owner{"schema_become_owner", "SET LOCAL ROLE tegu_owner"};
static const Statement make_versions{
    "schema_make_versions",
    "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, name text NOT NULL, "
    "serves integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"};
static const Statement note_version{
    "schema_note_version",
    "INSERT INTO schema_version (version, name, serves) VALUES ($1, $2, $3)"};

static void refuse_newer(const Status& status) {
  if (status.applied.empty() || status.applied.back().version <= required_version()) return;
  throw Mismatch("the database has schema version " +
                 std::to_string(status.applied.back().version) + ", this program knows " +
                 std::to_string(required_version()) + ": use the newer program");
}

io::Task<std::vector<std::string>> migrate(net::pg::Client& database) {
  using namespace std::chrono_literals;
  io::Deadline deadline = io::after(1h);
  auto transaction = co_await database.begin(deadline);
  co_await transaction.query(no_timeout, Params(), deadline);
  co_await transaction.query(lock_schema, Params(), deadline);
  Rows found = co_await transaction.query(find_versions, Params(), deadline);
  Status status = compare(nullptr);
  if (found.one().boolean(0)) {
    Rows rows = co_await transaction.query(read_versions, Params(), deadline);
    status = compare(&rows);
  }
  refuse_newer(status);
  if (status.pending.empty()) co_return std::vector<std::string>();
  co_await transaction.query(roles, Params(), deadline);
  co_await transaction.query(become_owner, Params(), deadline);
  co_await transaction.query(make_versions, Params(), deadline);
  int newest = status.applied.empty() ? 0 : status.applied.back().version;
  for (const Migration& migration : migrations) {
    if (migration.version <= newest) continue;
    co_await transaction.query(migration.statement, Params(), deadline);
    Params note;
    note.add(int32_t{migration.version}).text(migration.name).add(int32_t{migration.serves});
    co_await transaction.query(note_version, std::move(note), deadline);
  }
  co_await transaction.query(grants, Params(), deadline);
  co_await transaction.commit();
  co_return status.pending;
}

io::Task<void> check(net::pg::Client& database) {
  Status found = co_await status(database);
  if (found.applied.empty()) {
    throw Mismatch("the database has no schema of Tegu: run tegu-ctl db migrate");
  }
  const Applied& newest = found.applied.back();
  if (newest.version < required_version()) {
    throw Mismatch("the database has schema version " + std::to_string(newest.version) +
                   ", this program needs " + std::to_string(required_version()) +
                   ": run tegu-ctl db migrate");
  }
  if (newest.serves > required_version()) refuse_newer(found);
}

}  // namespace tegu::model::schema
