#include "model/directory/reader.h"

#include "base/text.h"
#include "model/directory/rows.h"

namespace tegu::model::directory {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

// All by the primary keys.
static const Statement domains_page = {
    "directory.domains_after",
    "SELECT id, name, alias_of, catch_all, active, note FROM domain"
    " WHERE id > $1 ORDER BY id LIMIT $2",
    true};
static const Statement domains_by_id = {
    "directory.domains",
    "SELECT id, name, alias_of, catch_all, active, note FROM domain WHERE id = ANY ($1)", true};

static const Statement accounts_page = {
    "directory.accounts_after",
    "SELECT a.id, domain_id, local_part, d.name, display_name, state, quota, language, a.created_at"
    " FROM account a JOIN domain d ON d.id = domain_id WHERE a.id > $1 ORDER BY a.id LIMIT $2",
    true};
static const Statement accounts_by_id = {
    "directory.accounts",
    "SELECT a.id, domain_id, local_part, d.name, display_name, state, quota, language, a.created_at"
    " FROM account a JOIN domain d ON d.id = domain_id WHERE a.id = ANY ($1)",
    true};

static const Statement aliases_page = {
    "directory.aliases_after",
    "SELECT a.id, domain_id, local_part, d.name, targets, a.active, a.note"
    " FROM address a JOIN domain d ON d.id = domain_id WHERE a.id > $1 ORDER BY a.id LIMIT $2",
    true};
static const Statement aliases_by_id = {
    "directory.aliases",
    "SELECT a.id, domain_id, local_part, d.name, targets, a.active, a.note"
    " FROM address a JOIN domain d ON d.id = domain_id WHERE a.id = ANY ($1)",
    true};

static const Statement routes_page = {"directory.routes_after",
                                      "SELECT id, domain, next_hop, relay, active, note FROM route"
                                      " WHERE id > $1 ORDER BY id LIMIT $2",
                                      true};
static const Statement routes_by_id = {
    "directory.routes",
    "SELECT id, domain, next_hop, relay, active, note FROM route WHERE id = ANY ($1)", true};

// Indexes: the unique ones of domain.name and (domain_id, local_part).
static const Statement find_name = {
    "directory.find",
    "SELECT d.id, d.alias_of,"
    " ARRAY(SELECT a.id FROM account a WHERE a.domain_id = coalesce(d.alias_of, d.id)"
    " AND a.local_part = ANY ($2)),"
    " ARRAY(SELECT a.id FROM address a WHERE a.domain_id = coalesce(d.alias_of, d.id)"
    " AND a.local_part = ANY ($2))"
    " FROM domain d WHERE d.name = $1",
    true};

static const Statement select_credentials = {
    "directory.credentials",
    "SELECT id, kind, label, hash, created_at, expires_at FROM credential"
    " WHERE account_id = $1 AND (expires_at IS NULL OR expires_at > now())"
    " ORDER BY kind = 'password' DESC, id",
    true};

// Index: mailbox's primary key.
static const Statement select_used = {
    "directory.used", "SELECT coalesce(sum(bytes), 0)::int8 FROM mailbox WHERE account_id = $1",
    true};

void News::add(std::string_view payload) {
  // "account:5,7" and, joined by somebody who gathered: "account:5,domain:1"
  auto table = tables.end();
  for (std::string_view piece : base::split(payload, ',')) {
    size_t colon = piece.find(':');
    bool names_table = colon != piece.npos || !base::parse_number<int64_t>(piece);
    if (names_table) {
      auto [found, is_new] = tables.try_emplace(std::string(piece.substr(0, colon)));
      bool all = !is_new && found->second.empty();
      if (colon == piece.npos) found->second.clear();
      table = all || colon == piece.npos ? tables.end() : found;
      piece = colon == piece.npos ? "" : piece.substr(colon + 1);
    }
    auto id = base::parse_number<int64_t>(piece);
    if (id && table != tables.end()) table->second.insert(*id);
  }
}

static Params page(int64_t after, int32_t limit) {
  Params params;
  params.add(after).add(limit);
  return params;
}

template <class Entry>
static io::Task<std::vector<Entry>> read(net::pg::Client& client, const Statement& statement,
                                         Params params, Entry (*entry)(net::pg::Row)) {
  Rows rows = co_await client.query(statement, std::move(params));
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  for (auto row : rows) entries.push_back(entry(row));
  co_return entries;
}

static Params these(const std::vector<int64_t>& ids) {
  Params params;
  params.int8s(ids);
  return params;
}

io::Task<std::vector<Domain>> Reader::domains_after(int64_t after, int32_t limit) {
  return read(client_, domains_page, page(after, limit), read_domain);
}
io::Task<std::vector<Account>> Reader::accounts_after(int64_t after, int32_t limit) {
  return read(client_, accounts_page, page(after, limit), read_account);
}
io::Task<std::vector<Alias>> Reader::aliases_after(int64_t after, int32_t limit) {
  return read(client_, aliases_page, page(after, limit), read_alias);
}
io::Task<std::vector<Route>> Reader::routes_after(int64_t after, int32_t limit) {
  return read(client_, routes_page, page(after, limit), read_route);
}
io::Task<std::vector<Domain>> Reader::domains(std::vector<int64_t> ids) {
  return read(client_, domains_by_id, these(ids), read_domain);
}
io::Task<std::vector<Account>> Reader::accounts(std::vector<int64_t> ids) {
  return read(client_, accounts_by_id, these(ids), read_account);
}
io::Task<std::vector<Alias>> Reader::aliases(std::vector<int64_t> ids) {
  return read(client_, aliases_by_id, these(ids), read_alias);
}
io::Task<std::vector<Route>> Reader::routes(std::vector<int64_t> ids) {
  return read(client_, routes_by_id, these(ids), read_route);
}

static Params address(const std::string& domain, const std::vector<std::string>& locals) {
  Params params;
  params.text(domain).texts(locals);
  return params;
}
static Params of(base::AccountId account) {
  Params params;
  params.add(account.value);
  return params;
}

std::vector<net::pg::Call> hot_calls() {
  constexpr base::AccountId nobody{0};
  std::vector<net::pg::Call> calls;
  calls.push_back({&select_credentials, of(nobody)});
  calls.push_back({&find_name, address("", {})});
  calls.push_back({&select_used, of(nobody)});
  return calls;
}

io::Task<Found> Reader::find(std::string domain, std::vector<std::string> locals,
                             io::Deadline deadline) {
  Rows rows = co_await client_.query(find_name, address(domain, locals), deadline);
  Found found;
  for (auto row : rows) {
    found.domains.push_back(row.int8(0));
    if (auto target = row.int8_or_null(1)) found.domains.push_back(*target);
    found.accounts = row.int8s(2);
    found.aliases = row.int8s(3);
  }
  co_return found;
}

io::Task<std::vector<Credential>> Reader::credentials(base::AccountId account,
                                                      io::Deadline deadline) {
  Rows rows = co_await client_.query(select_credentials, of(account), deadline);
  std::vector<Credential> credentials;
  for (auto row : rows) {
    credentials.push_back({row.int8(0), std::string(row.text(1)), std::string(row.text(2)),
                           std::string(row.text(3)), row.time(4), row.time_or_null(5)});
  }
  co_return credentials;
}

io::Task<int64_t> Reader::used(base::AccountId account, io::Deadline deadline) {
  Rows rows = co_await client_.query(select_used, of(account), deadline);
  co_return rows.one().int8(0);
}

}  // namespace tegu::model::directory
