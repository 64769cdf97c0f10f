// Domains, domain aliases and catch-alls of the directory (admin.h).
#include "base/error.h"
#include "model/directory/admin.h"
#include "model/directory/rows.h"
#include "model/directory/wanted.h"

namespace tegu::model::directory {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

static const Statement insert = {
    "domain.add",
    "INSERT INTO domain (name, note) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING id"};

// One level of aliases: the target is none.
static const Statement insert_alias = {
    "domain.add_alias",
    "INSERT INTO domain (name, alias_of) SELECT $1, id FROM domain WHERE name = $2"
    " AND alias_of IS NULL ON CONFLICT (name) DO NOTHING RETURNING id"};

static const Statement find = {"domain.find", "SELECT alias_of FROM domain WHERE name = $1", true};

static const Statement remove = {"domain.remove", "DELETE FROM domain WHERE name = $1"};

static const Statement update_catch_all = {"domain.catch_all",
                                           "UPDATE domain SET catch_all = $2 WHERE name = $1"};

static const Statement update_active = {"domain.active",
                                        "UPDATE domain SET active = $2 WHERE name = $1"};

static const Statement list = {
    "domain.list",
    "SELECT d.id, d.name, d.alias_of, d.catch_all, d.active, d.note, coalesce(o.name, ''),"
    " (SELECT count(*) FROM account a WHERE a.domain_id = d.id),"
    " (SELECT count(*) FROM address a WHERE a.domain_id = d.id)"
    " FROM domain d LEFT JOIN domain o ON o.id = d.alias_of ORDER BY d.name",
    true};

static Params one(const std::string& name) {
  Params params;
  params.text(name);
  return params;
}

static void need_row(const Rows& rows, const std::string& name) {
  if (rows.affected() == 0) refuse(name + ": no such domain");
}

io::Task<base::DomainId> Admin::add_domain(std::string name, std::string note) {
  name = wanted_domain(name);
  Params params;
  params.text(name).text(note);
  Rows rows = co_await client_.query(insert, std::move(params));
  if (rows.empty()) refuse(name + ": the domain exists already");
  co_return base::DomainId{rows.one().int8(0)};
}

io::Task<base::DomainId> Admin::add_domain_alias(std::string name, std::string of) {
  name = wanted_domain(name);
  of = wanted_domain(of);
  Params params;
  params.text(name).text(of);
  Rows rows = co_await client_.query(insert_alias, std::move(params));
  if (!rows.empty()) co_return base::DomainId{rows.one().int8(0)};
  Rows target = co_await client_.query(find, one(of));
  if (target.empty()) refuse(of + ": no such domain");
  if (!target.one().is_null(0)) refuse(of + ": is an alias itself");
  refuse(name + ": the domain exists already");
}

io::Task<void> Admin::remove_domain(std::string name) {
  name = wanted_domain(name);
  try {
    need_row(co_await client_.query(remove, one(name)), name);
  } catch (const net::pg::Error& error) {
    // foreign_key_violation
    if (error.sqlstate() != "23503") throw;
    refuse(name + ": has accounts, aliases or domain aliases; remove them first");
  }
}

io::Task<void> Admin::set_catch_all(std::string name, std::vector<std::string> targets) {
  name = wanted_domain(name);
  if (!targets.empty()) targets = wanted_targets(targets);
  Params params;
  params.text(name).texts(targets);
  need_row(co_await client_.query(update_catch_all, std::move(params)), name);
}

io::Task<void> Admin::set_domain_active(std::string name, bool active) {
  name = wanted_domain(name);
  Params params;
  params.text(name).add(active);
  need_row(co_await client_.query(update_active, std::move(params)), name);
}

io::Task<std::vector<ListedDomain>> Admin::list_domains() {
  Rows rows = co_await client_.query(list);
  std::vector<ListedDomain> domains;
  for (auto row : rows) {
    domains.push_back({read_domain(row), std::string(row.text(6)), row.int8(7), row.int8(8)});
  }
  co_return domains;
}

}  // namespace tegu::model::directory
