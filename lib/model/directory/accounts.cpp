// Accounts of the directory (admin.h): made with their mailboxes, shown, removed.
#include "base/error.h"
#include "model/directory/admin.h"
#include "model/directory/rows.h"
#include "model/directory/wanted.h"

namespace tegu::model::directory {

using net::pg::Call;
using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

// Account, password and mailboxes in one statement; no row when the domain is not ours (or only an
// alias), or when an alias has the address.
static const Statement insert = {
    "account.add",
    "WITH a AS (INSERT INTO account (domain_id, local_part, display_name, quota, language)"
    " SELECT d.id, $2, $3, $4, $5 FROM domain d WHERE d.name = $1 AND d.alias_of IS NULL"
    " AND NOT EXISTS (SELECT FROM address x WHERE x.domain_id = d.id AND x.local_part = $2)"
    " RETURNING id),"
    " c AS (INSERT INTO credential (account_id, kind, hash)"
    " SELECT id, 'password', $6 FROM a WHERE $6 IS NOT NULL),"
    " m AS (INSERT INTO mailbox (account_id, name, special_use)"
    " SELECT a.id, n, s FROM a, unnest($7::text[], $8::text[]) AS u(n, s))"
    " SELECT id FROM a"};

static const Statement find_domain = {"account.domain",
                                      "SELECT alias_of FROM domain WHERE name = $1", true};

// Children first. Set-based deletes along the primary keys, which begin with account_id.
static const Statement remove_views = {
    "account.remove_views",
    "DELETE FROM mailbox_view WHERE account_id = (SELECT a.id FROM account a"
    " JOIN domain d ON d.id = domain_id WHERE d.name = $1 AND local_part = $2)"};
static const Statement remove_digests = {
    "account.remove_digests",
    "DELETE FROM mailbox_digest WHERE account_id = (SELECT a.id FROM account a"
    " JOIN domain d ON d.id = domain_id WHERE d.name = $1 AND local_part = $2)"};
static const Statement remove_log = {
    "account.remove_log",
    "DELETE FROM mailbox_log WHERE account_id = (SELECT a.id FROM account a"
    " JOIN domain d ON d.id = domain_id WHERE d.name = $1 AND local_part = $2)"};
static const Statement remove_messages = {
    "account.remove_messages",
    "DELETE FROM message WHERE account_id = (SELECT a.id FROM account a"
    " JOIN domain d ON d.id = domain_id WHERE d.name = $1 AND local_part = $2)"};
static const Statement remove_mailboxes = {
    "account.remove_mailboxes",
    "DELETE FROM mailbox WHERE account_id = (SELECT a.id FROM account a"
    " JOIN domain d ON d.id = domain_id WHERE d.name = $1 AND local_part = $2)"};
static const Statement remove = {
    "account.remove",
    "DELETE FROM account a USING domain d WHERE d.id = domain_id AND d.name = $1"
    " AND local_part = $2"};

static const Statement list = {
    "account.list",
    "SELECT a.id, domain_id, local_part, d.name, display_name, state, quota, language, "
    "a.created_at,"
    " coalesce(u.messages, 0), coalesce(u.bytes, 0)"
    " FROM account a JOIN domain d ON d.id = domain_id"
    " LEFT JOIN (SELECT account_id, sum(total)::int8 AS messages, sum(bytes)::int8 AS bytes"
    " FROM mailbox GROUP BY account_id) u ON u.account_id = a.id"
    " WHERE $1 = '' OR d.name = $1 ORDER BY d.name, local_part",
    true};

static const Statement show = {
    "account.show",
    "SELECT a.id, domain_id, local_part, d.name, display_name, state, quota, language, "
    "a.created_at,"
    " coalesce((SELECT sum(total)::int8 FROM mailbox m WHERE m.account_id = a.id), 0),"
    " coalesce((SELECT sum(bytes)::int8 FROM mailbox m WHERE m.account_id = a.id), 0)"
    " FROM account a JOIN domain d ON d.id = domain_id WHERE d.name = $1 AND local_part = $2",
    true};

static const Statement update_state = {
    "account.state",
    "UPDATE account a SET state = $3 FROM domain d"
    " WHERE d.id = domain_id AND d.name = $1 AND local_part = $2"};
static const Statement update_quota = {
    "account.quota",
    "UPDATE account a SET quota = $3 FROM domain d"
    " WHERE d.id = domain_id AND d.name = $1 AND local_part = $2"};
static const Statement update_display_name = {
    "account.display_name",
    "UPDATE account a SET display_name = $3 FROM domain d"
    " WHERE d.id = domain_id AND d.name = $1 AND local_part = $2"};

// RFC 6154 2; INBOX has no attribute.
static const std::string_view mailbox_names[] = {"INBOX", "Drafts", "Sent",
                                                 "Trash", "Junk",   "Archive"};
static const std::string_view mailbox_uses[] = {"",        "\\Drafts", "\\Sent",
                                                "\\Trash", "\\Junk",   "\\Archive"};

static Params named(const Name& name) {
  Params params;
  params.text(name.domain).text(name.local);
  return params;
}

static void need_row(const Rows& rows, const Name& name) {
  if (rows.affected() == 0) refuse(name.text() + ": no such account");
}

io::Task<base::AccountId> Admin::add_account(NewAccount account) {
  Name name = wanted_name(account.address);
  if (account.quota && *account.quota <= 0) refuse("quota: wants a size such as 5G");
  Params params = named(name);
  params.text(account.display_name).add(account.quota).text(account.language);
  params.text_or_null(account.password_hash).texts(mailbox_names).texts(mailbox_uses);
  try {
    Rows rows = co_await client_.query(insert, std::move(params));
    if (!rows.empty()) co_return base::AccountId{rows.one().int8(0)};
  } catch (const net::pg::Error& error) {
    if (!net::pg::is_unique_violation(error)) throw;
    refuse(name.text() + ": the account exists already");
  }
  Params domain;
  domain.text(name.domain);
  Rows rows = co_await client_.query(find_domain, std::move(domain));
  if (rows.empty()) refuse(name.domain + ": no such domain; add it first");
  if (!rows.one().is_null(0)) refuse(name.domain + ": is an alias of another domain; use that");
  refuse(name.text() + ": an alias has this address; remove it first");
}

io::Task<void> Admin::remove_account(std::string address) {
  Name name = wanted_name(address);
  std::vector<Call> calls;
  for (const Statement* statement : {&remove_views, &remove_digests, &remove_log, &remove_messages,
                                     &remove_mailboxes, &remove}) {
    calls.push_back({statement, named(name)});
  }
  auto rows = co_await client_.batch(std::move(calls), io::after(std::chrono::minutes(5)));
  need_row(rows.back(), name);
}

static ListedAccount read_listed(net::pg::Row row) {
  return {read_account(row), row.int8(9), row.int8(10)};
}

io::Task<ListedAccount> Admin::show_account(std::string address) {
  Name name = wanted_name(address);
  Rows rows = co_await client_.query(show, named(name));
  need_row(rows, name);
  co_return read_listed(rows.one());
}

io::Task<std::vector<ListedAccount>> Admin::list_accounts(std::string domain) {
  if (!domain.empty()) domain = wanted_domain(domain);
  Params params;
  params.text(domain);
  Rows rows = co_await client_.query(list, std::move(params), io::after(std::chrono::minutes(1)));
  std::vector<ListedAccount> accounts;
  for (auto row : rows) accounts.push_back(read_listed(row));
  co_return accounts;
}

io::Task<void> Admin::set_state(std::string address, AccountState state) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.text(directory::name(state));
  need_row(co_await client_.query(update_state, std::move(params)), name);
}

io::Task<void> Admin::set_quota(std::string address, std::optional<int64_t> quota) {
  Name name = wanted_name(address);
  if (quota && *quota <= 0) refuse("quota: wants a size such as 5G");
  Params params = named(name);
  params.add(quota);
  need_row(co_await client_.query(update_quota, std::move(params)), name);
}

io::Task<void> Admin::set_display_name(std::string address, std::string display_name) {
  Name name = wanted_name(address);
  Params params = named(name);
  params.text(display_name);
  need_row(co_await client_.query(update_display_name, std::move(params)), name);
}

}  // namespace tegu::model::directory
