// Store: heads of mailboxes, their names and the tree they make.
#include "base/error.h"
#include "model/mailbox/hot.h"
#include "model/mailbox/store.h"

namespace tegu::model::mailbox {

using base::AccountId;
using net::pg::Call;
using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;

static uint32_t uid_number(Row row, int column) {
  int64_t value = row.int8(column);
  if (value < 0 || value > UINT32_MAX) throw base::Error("mailbox: a number is out of range");
  return static_cast<uint32_t>(value);
}

// The columns in the order of every statement below that gives heads.
static Head head_of(Row row) {
  Head head;
  head.key = {AccountId{row.int8(0)}, base::MailboxId{row.int8(1)}};
  head.name = row.text(2);
  head.uidvalidity = uid_number(row, 3);
  head.uidnext = uid_number(row, 4);
  head.modseq = row.int8(5);
  head.total = static_cast<size_t>(row.int8(6));
  head.unseen = static_cast<size_t>(row.int8(7));
  head.deleted = static_cast<size_t>(row.int8(8));
  head.bytes = static_cast<uint64_t>(row.int8(9));
  head.special_use = row.text(10);
  head.subscribed = row.boolean(11);
  head.created_at = row.time(12);
  return head;
}

static Usage usage_of(Row row, size_t first) {
  Usage usage{.bytes = static_cast<uint64_t>(row.int8(first)),
              .messages = static_cast<uint64_t>(row.int8(first + 1)),
              .quota = {}};
  if (!row.is_null(first + 2)) usage.quota = static_cast<uint64_t>(row.int8(first + 2));
  return usage;
}

static Params of_account(AccountId account) {
  Params params;
  params.add(account.value);
  return params;
}
static Params named(AccountId account, const std::string& name) {
  Params params = of_account(account);
  params.text(name);
  return params;
}
static Params of(Key key) {
  Params params = of_account(key.account);
  params.add(key.mailbox.value);
  return params;
}

// Primary key, by its first column; sorted here, a few rows.
static const Statement list_heads{
    "mailbox_list",
    "SELECT account_id, id, name, uidvalidity, uidnext, modseq, total, unseen, deleted, bytes, "
    "special_use, subscribed, created_at FROM mailbox WHERE account_id = $1 ORDER BY name COLLATE "
    "\"C\"",
    true};
// UNIQUE (account_id, name).
static const Statement find_head{
    "mailbox_find",
    "SELECT account_id, id, name, uidvalidity, uidnext, modseq, total, unseen, deleted, bytes, "
    "special_use, subscribed, created_at FROM mailbox WHERE account_id = $1 AND name = $2",
    true};
// The same, then by the primary key: a row for each keyword, or one without.
static const Statement find_front{
    "mailbox_front",
    "SELECT h.account_id, h.id, h.name, uidvalidity, uidnext, modseq, total, unseen, deleted, "
    "bytes, special_use, subscribed, created_at, k.bit, k.name "
    "FROM mailbox h LEFT JOIN mailbox_keyword k ON k.account_id = h.account_id "
    "AND k.mailbox_id = h.id WHERE h.account_id = $1 AND h.name = $2",
    true};
static const Statement read_head{
    "mailbox_head",
    "SELECT account_id, id, name, uidvalidity, uidnext, modseq, total, unseen, deleted, bytes, "
    "special_use, subscribed, created_at FROM mailbox WHERE account_id = $1 AND id = $2",
    true};
// Primary keys: the account's own mailboxes, and its row.
static const Statement read_usage{
    "mailbox_usage",
    "SELECT coalesce(sum(bytes), 0)::bigint, coalesce(sum(total), 0)::bigint, "
    "(SELECT quota FROM account WHERE id = $1) FROM mailbox WHERE account_id = $1",
    true};
static const Statement find_target{
    "mailbox_target",
    "SELECT h.account_id, h.id, h.name, h.uidvalidity, h.uidnext, h.modseq, h.total, h.unseen, "
    "h.deleted, h.bytes, h.special_use, h.subscribed, h.created_at, u.bytes, u.total, "
    "(SELECT quota FROM account WHERE id = $1) "
    "FROM mailbox h CROSS JOIN (SELECT sum(bytes)::bigint AS bytes, sum(total)::bigint AS total "
    "FROM mailbox WHERE account_id = $1) AS u WHERE h.account_id = $1 AND h.name = $2",
    true};

// Every command on a mailbox asks for its head, and the first ones would wait for the disk: reads
// about three megabytes, in sequence. A column that no index has.
static const Statement load_heads{
    "mailbox_load", "SELECT count(modseq) FROM (SELECT modseq FROM mailbox LIMIT 10000) AS heads",
    true};

void add_hot_heads(std::vector<Call>& calls) {
  constexpr AccountId nobody{0};
  calls.push_back({&find_front, named(nobody, "")});
  calls.push_back({&find_head, named(nobody, "")});
  calls.push_back({&list_heads, of_account(nobody)});
  calls.push_back({&find_target, named(nobody, "")});
}

void add_hot_rows(std::vector<Call>& calls) {
  calls.push_back({&load_heads, {}});
}

io::Task<std::vector<Head>> Store::list(AccountId account) {
  Rows rows = co_await database_.query(list_heads, of_account(account));
  std::vector<Head> heads;
  for (Row row : rows) heads.push_back(head_of(row));
  co_return heads;
}

io::Task<std::optional<Head>> Store::one_head(const Statement& statement, Params params) {
  Rows rows = co_await database_.query(statement, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return head_of(rows.one());
}

io::Task<std::optional<Head>> Store::find(AccountId account, std::string name) {
  co_return co_await one_head(find_head, named(account, name));
}

io::Task<std::optional<Front>> Store::find_front(AccountId account, std::string name) {
  Rows rows = co_await database_.query(mailbox::find_front, named(account, name));
  if (rows.empty()) co_return std::nullopt;
  std::vector<Keywords::Keyword> keywords;
  for (Row row : rows)
    if (!row.is_null(13)) keywords.push_back({row.int4(13), std::string(row.text(14))});
  co_return Front{head_of(rows[0]), Keywords(std::move(keywords))};
}

io::Task<std::optional<Head>> Store::head(Key key) {
  co_return co_await one_head(read_head, of(key));
}

io::Task<Usage> Store::usage(AccountId account) {
  Rows rows = co_await database_.query(read_usage, of_account(account));
  co_return usage_of(rows.one(), 0);
}

io::Task<std::optional<Target>> Store::find_target(AccountId account, std::string name) {
  Rows rows = co_await database_.query(mailbox::find_target, named(account, name));
  if (rows.empty()) co_return std::nullopt;
  co_return Target{head_of(rows.one()), usage_of(rows.one(), 13)};
}

// $2: the names from the top down, $3: the special use of the last, $4: how many an account may
// have.
static const Statement make_heads{
    "mailbox_create",
    "INSERT INTO mailbox (account_id, name, special_use) "
    "SELECT $1, name, CASE WHEN n = cardinality($2::text[]) THEN $3 ELSE '' END "
    "FROM unnest($2::text[]) WITH ORDINALITY AS w (name, n) "
    "WHERE EXISTS (SELECT FROM account WHERE id = $1) "
    "AND cardinality($2::text[]) + (SELECT count(*) FROM mailbox WHERE account_id = $1) <= $4 "
    "ON CONFLICT (account_id, name) DO NOTHING RETURNING account_id, id, name, uidvalidity, "
    "uidnext, modseq, total, unseen, deleted, bytes, special_use, subscribed, created_at"};

static Params names_to_make(AccountId account, const std::vector<std::string>& names,
                            std::string_view special_use, size_t limit) {
  Params params = of_account(account);
  params.texts(names).text(special_use).add(static_cast<int64_t>(limit));
  return params;
}

io::Task<std::expected<Head, Refusal>> Store::create(AccountId account, std::string name,
                                                     std::string special_use) {
  if (normal_name(name) != name) co_return std::unexpected(Refusal::bad_name);
  std::optional<Head> made;
  try {
    Rows rows = co_await database_.query(
        make_heads,
        names_to_make(account, superiors_and_self(name), special_use, limits_.mailboxes));
    for (Row row : rows) {
      if (row.text(2) == name) made = head_of(row);
    }
  } catch (const net::pg::Error& error) {
    // Not of its name: that is no error of the statement.
    if (!net::pg::is_unique_violation(error)) throw;
    co_return std::unexpected(Refusal::use_taken);
  }
  if (made) {
    co_await tell(made->key, made->modseq);
    co_return std::move(*made);
  }
  auto there = co_await find(account, name);
  co_return std::unexpected(there ? Refusal::exists : Refusal::too_many);
}

// The rows of the tree are locked one by one as they are found; two renames that wait for each
// other are ended by the server and tried again.
static const Statement rename_tree{
    "mailbox_rename",
    "UPDATE mailbox SET name = $3 || substr(name, length($2) + 1) WHERE account_id = $1 "
    "AND (name = $2 OR starts_with(name, $2 || '/')) RETURNING id, modseq"};

static io::Task<std::vector<Rows>> rename_in(net::pg::Client& database, AccountId account,
                                             const std::string& from, const std::string& to,
                                             size_t limit) {
  auto names = superiors_and_self(to);
  names.pop_back();
  Params change = of_account(account);
  change.text(from).text(to);
  std::vector<Call> calls;
  if (!names.empty()) calls.push_back({&make_heads, names_to_make(account, names, "", limit)});
  calls.push_back({&rename_tree, std::move(change)});
  co_return co_await database.batch(std::move(calls));
}

io::Task<std::optional<Refusal>> Store::rename(AccountId account, std::string from,
                                               std::string to) {
  if (normal_name(to) != to || from == "INBOX" || to == "INBOX" || to.starts_with(from + '/')) {
    co_return Refusal::bad_name;
  }
  if (from == to) co_return Refusal::exists;
  if (!co_await find(account, from)) co_return Refusal::missing;
  auto attempt = [&] { return rename_in(database_, account, from, to, limits_.mailboxes); };
  std::vector<Rows> results;
  try {
    results = co_await net::pg::retry_conflicts(attempt);
  } catch (const net::pg::Error& error) {
    if (!net::pg::is_unique_violation(error)) throw;
    co_return Refusal::exists;
  }
  if (results.back().empty()) co_return Refusal::missing;
  for (Row row : results.back()) {
    co_await tell({account, base::MailboxId{row.int8(0)}}, row.int8(1));
  }
  co_return std::nullopt;
}

// One transaction; the first statement takes the head's lock, so no writer of the mailbox is under
// way when its rows go, and later ones find no head.
static const Statement remove_head{
    "mailbox_remove",
    "DELETE FROM mailbox WHERE account_id = $1 AND id = $2 AND name <> 'INBOX' RETURNING id"};
static const Statement remove_messages{
    "mailbox_remove_messages",
    "WITH gone AS (DELETE FROM message WHERE account_id = $1 AND mailbox_id = $2 "
    "AND NOT EXISTS (SELECT FROM mailbox WHERE account_id = $1 AND id = $2) "
    "RETURNING content_id) "
    "INSERT INTO content_loose (content_id) SELECT DISTINCT content_id FROM gone "
    "ON CONFLICT (content_id) DO UPDATE SET since = now()"};
static const Statement remove_rest{
    "mailbox_remove_rest",
    "WITH log AS (DELETE FROM mailbox_log WHERE account_id = $1 AND mailbox_id = $2 "
    "AND NOT EXISTS (SELECT FROM mailbox WHERE account_id = $1 AND id = $2)), "
    "view AS (DELETE FROM mailbox_view WHERE account_id = $1 AND mailbox_id = $2 "
    "AND NOT EXISTS (SELECT FROM mailbox WHERE account_id = $1 AND id = $2)) "
    "DELETE FROM mailbox_digest WHERE account_id = $1 AND mailbox_id = $2 "
    "AND NOT EXISTS (SELECT FROM mailbox WHERE account_id = $1 AND id = $2)"};

io::Task<bool> Store::remove(Key key) {
  std::vector<Call> calls;
  calls.push_back({&remove_head, of(key)});
  calls.push_back({&remove_messages, of(key)});
  calls.push_back({&remove_rest, of(key)});
  auto results = co_await database_.batch(std::move(calls), io::after(std::chrono::seconds(60)));
  if (results.front().empty()) co_return false;
  co_await tell(key, 0);
  co_return true;
}

static const Statement set_subscribed{
    "mailbox_subscribe",
    "UPDATE mailbox SET subscribed = $3 WHERE account_id = $1 AND id = $2 RETURNING modseq"};

io::Task<bool> Store::subscribe(Key key, bool subscribed) {
  Params params = of(key);
  params.add(subscribed);
  Rows rows = co_await database_.query(set_subscribed, std::move(params));
  if (rows.empty()) co_return false;
  co_await tell(key, rows.one().int8(0));
  co_return true;
}

io::Task<void> Store::tell(Key key, int64_t modseq) {
  co_await database_.notify(changed_channel, text(Changed{key, modseq}));
}

}  // namespace tegu::model::mailbox
