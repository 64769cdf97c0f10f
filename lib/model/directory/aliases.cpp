// Aliases of the directory (admin.h).
#include "base/error.h"
#include "model/directory/admin.h"
#include "model/directory/rows.h"
#include "model/directory/wanted.h"

namespace tegu::model::directory {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

// No row when the domain is not ours (or only an alias), or when an account has the address.
static const Statement insert = {
    "alias.add",
    "INSERT INTO address (domain_id, local_part, targets, note) SELECT d.id, $2, $3, $4"
    " FROM domain d WHERE d.name = $1 AND d.alias_of IS NULL"
    " AND NOT EXISTS (SELECT FROM account a WHERE a.domain_id = d.id AND a.local_part = $2)"
    " RETURNING id"};

static const Statement find_domain = {"alias.domain", "SELECT alias_of FROM domain WHERE name = $1",
                                      true};

static const Statement update_targets = {
    "alias.targets",
    "UPDATE address a SET targets = $3 FROM domain d"
    " WHERE d.id = domain_id AND d.name = $1 AND local_part = $2"};

static const Statement update_active = {
    "alias.active",
    "UPDATE address a SET active = $3 FROM domain d"
    " WHERE d.id = domain_id AND d.name = $1 AND local_part = $2"};

static const Statement remove = {
    "alias.remove",
    "DELETE FROM address a USING domain d WHERE d.id = domain_id AND d.name = $1"
    " AND local_part = $2"};

static const Statement list = {
    "alias.list",
    "SELECT a.id, domain_id, local_part, d.name, targets, a.active, a.note"
    " FROM address a JOIN domain d ON d.id = domain_id WHERE $1 = '' OR d.name = $1"
    " ORDER BY d.name, local_part",
    true};

static Params named(const Name& name) {
  Params params;
  params.text(name.domain).text(name.local);
  return params;
}

static void need_row(const Rows& rows, const Name& name) {
  if (rows.affected() == 0) refuse(name.text() + ": no such alias");
}

io::Task<void> Admin::add_alias(std::string address, std::vector<std::string> targets,
                                std::string note) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.texts(wanted_targets(targets)).text(note);
  try {
    Rows rows = co_await client_.query(insert, std::move(params));
    if (!rows.empty()) co_return;
  } catch (const net::pg::Error& error) {
    if (!net::pg::is_unique_violation(error)) throw;
    refuse(name.text() + ": the alias exists already");
  }
  Params domain;
  domain.text(name.domain);
  Rows rows = co_await client_.query(find_domain, std::move(domain));
  if (rows.empty()) refuse(name.domain + ": no such domain; add it first");
  if (!rows.one().is_null(0)) refuse(name.domain + ": is an alias of another domain; use that");
  refuse(name.text() + ": an account has this address");
}

io::Task<void> Admin::set_targets(std::string address, std::vector<std::string> targets) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.texts(wanted_targets(targets));
  need_row(co_await client_.query(update_targets, std::move(params)), name);
}

io::Task<void> Admin::set_alias_active(std::string address, bool active) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.add(active);
  need_row(co_await client_.query(update_active, std::move(params)), name);
}

io::Task<void> Admin::remove_alias(std::string address) {
  Name name = wanted_name(address);
  need_row(co_await client_.query(remove, named(name)), name);
}

io::Task<std::vector<Alias>> Admin::list_aliases(std::string domain) {
  if (!domain.empty()) domain = wanted_domain(domain);
  Params params;
  params.text(domain);
  Rows rows = co_await client_.query(list, std::move(params));
  std::vector<Alias> aliases;
  for (auto row : rows) aliases.push_back(read_alias(row));
  co_return aliases;
}

}  // namespace tegu::model::directory
