// Password hashes of the directory (admin.h).
#include "base/error.h"
#include "model/directory/admin.h"
#include "model/directory/wanted.h"

namespace tegu::model::directory {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

static const Statement upsert_password = {
    "credential.password",
    "INSERT INTO credential (account_id, kind, hash) SELECT a.id, 'password', $3 FROM account a"
    " JOIN domain d ON d.id = domain_id WHERE d.name = $1 AND local_part = $2"
    " ON CONFLICT (account_id) WHERE kind = 'password'"
    " DO UPDATE SET hash = excluded.hash, created_at = now(), expires_at = NULL"};

static const Statement insert_app = {
    "credential.app",
    "INSERT INTO credential (account_id, kind, label, hash, expires_at)"
    " SELECT a.id, 'app', $3, $4, $5 FROM account a JOIN domain d ON d.id = domain_id"
    " WHERE d.name = $1 AND local_part = $2 RETURNING id"};

static const Statement remove = {
    "credential.remove",
    "DELETE FROM credential c USING account a, domain d WHERE c.account_id = a.id"
    " AND d.id = a.domain_id AND d.name = $1 AND local_part = $2 AND c.id = $3"};

static const Statement list = {
    "credential.list",
    "SELECT c.id, kind, label, c.created_at, expires_at FROM credential c"
    " JOIN account a ON a.id = c.account_id JOIN domain d ON d.id = domain_id"
    " WHERE d.name = $1 AND local_part = $2 ORDER BY kind = 'password' DESC, c.id",
    true};

static Params named(const Name& name) {
  Params params;
  params.text(name.domain).text(name.local);
  return params;
}

io::Task<void> Admin::set_password(std::string address, std::string hash) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.text(hash);
  Rows rows = co_await client_.query(upsert_password, std::move(params));
  if (rows.affected() == 0) refuse(name.text() + ": no such account");
}

io::Task<int64_t> Admin::add_app_password(std::string address, std::string label, std::string hash,
                                          std::optional<base::WallTime> expires_at) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.text(label).text(hash).time_or_null(expires_at);
  Rows rows = co_await client_.query(insert_app, std::move(params));
  if (rows.empty()) refuse(name.text() + ": no such account");
  co_return rows.one().int8(0);
}

io::Task<void> Admin::remove_credential(std::string address, int64_t id) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.add(id);
  Rows rows = co_await client_.query(remove, std::move(params));
  if (rows.affected() == 0) {
    refuse(name.text() + ": no credential with the number " + std::to_string(id));
  }
}

io::Task<std::vector<Credential>> Admin::list_credentials(std::string address) {
  Rows rows = co_await client_.query(list, named(wanted_name(address)));
  std::vector<Credential> credentials;
  for (auto row : rows) {
    Credential& one = credentials.emplace_back();
    one.id = row.int8(0);
    one.kind = row.text(1);
    one.label = row.text(2);
    one.created_at = row.time(3);
    one.expires_at = row.time_or_null(4);
  }
  co_return credentials;
}

}  // namespace tegu::model::directory
