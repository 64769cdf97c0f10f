// The server behind the schema: its promises of durability, and the passwords of our roles.
#include <algorithm>

#include "model/schema/schema.h"

namespace tegu::model::schema {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

std::span<const std::string_view> our_roles() {
  static constexpr std::string_view roles[] = {"tegu_owner",  "tegu_smtpd", "tegu_router",
                                               "tegu_queue",  "tegu_imapd", "tegu_davd",
                                               "tegu_migrate"};
  return roles;
}

static const Statement read_promises{
    "schema_read_promises",
    "SELECT current_setting('server_version_num')::int, current_setting('fsync')::bool, "
    "current_setting('full_page_writes')::bool, current_setting('synchronous_commit'), "
    "current_setting('data_checksums', true), pg_encoding_to_char(encoding)::text "
    "FROM pg_database WHERE datname = current_database()",
    true};

io::Task<Durability> durability(net::pg::Client& database) {
  Rows rows = co_await database.query(read_promises, Params());
  auto row = rows.one();
  Durability found;
  found.server_version = row.int4(0);
  if (found.server_version < 140000) {
    found.fatal.push_back("PostgreSQL 14 or newer is needed, this is version " +
                          std::to_string(found.server_version / 10000));
  }
  if (row.text(5) != "UTF8") {
    found.fatal.push_back("the database's encoding is " + std::string(row.text(5)) +
                          ", create it with ENCODING 'UTF8'");
  }
  if (!row.boolean(1)) found.warnings.push_back("fsync is off: a power cut loses mail");
  if (!row.boolean(2)) found.warnings.push_back("full_page_writes is off: a power cut loses mail");
  if (row.text(3) == "off") {
    found.warnings.push_back("synchronous_commit is off: a crash loses accepted mail");
  }
  if (auto checksums = row.text_or_null(4); checksums && *checksums == "off") {
    found.warnings.push_back("data checksums are off: a broken disk is not noticed");
  }
  co_return found;
}

// ALTER ROLE takes no parameters, so the statement is made on the server by its own quoting.
static const Statement remember_password{
    "schema_remember_password",
    "SELECT set_config('tegu.role', $1, true), set_config('tegu.password', $2, true)"};
static const Statement alter_password{
    "schema_alter_password",
    "DO $tegu_do$ BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', current_setting('tegu.role'), "
    "current_setting('tegu.password')); END $tegu_do$"};

io::Task<void> set_password(net::pg::Client& database, std::string role, std::string password) {
  if (std::ranges::find(our_roles(), role) == our_roles().end()) {
    throw base::UsageError("\"" + role + "\" is no role of Tegu");
  }
  if (password.empty()) throw base::UsageError("the password of " + role + " is empty");
  auto transaction = co_await database.begin(io::after(std::chrono::seconds(30)));
  Params names;
  names.text(role).text(password);
  co_await transaction.query(remember_password, std::move(names));
  co_await transaction.query(alter_password, Params());
  co_await transaction.commit();
}

}  // namespace tegu::model::schema
