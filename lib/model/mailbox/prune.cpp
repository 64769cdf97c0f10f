// Store: the log is not kept for ever. Pruning makes a checkpoint at a modseq of the past, so that
// everything up to it can go: log rows, and the rows of messages that were expunged by then.
#include "base/error.h"
#include "model/content/packing.h"
#include "model/mailbox/tail.h"

namespace tegu::model::mailbox {

using net::pg::Call;
using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;

// Primary key of mailbox_log: all rows of one mailbox.
static const Statement find_cut{
    "mailbox_prune_cut",
    "SELECT max(l.modseq), (SELECT array_agg(x.uids) FROM mailbox_log x WHERE x.account_id = $1 "
    "AND x.mailbox_id = $2 AND x.change = 4 AND x.modseq <= max(l.modseq)) "
    "FROM mailbox_log l WHERE l.account_id = $1 AND l.mailbox_id = $2 AND l.at < $3",
    true};

// First, in one short transaction, since it holds the head's lock and deliveries wait for it: from
// now on nobody reads what is at or below the cut.
static const Statement move_cut{
    "mailbox_prune",
    "UPDATE mailbox SET pruned = $3 WHERE account_id = $1 AND id = $2 AND pruned < $3"};
static const Statement write_base{
    "mailbox_prune_base",
    "INSERT INTO mailbox_view (account_id, mailbox_id, modseq, uidnext, view) "
    "SELECT $1, $2, $3, $4, $5 FROM mailbox WHERE account_id = $1 AND id = $2 AND pruned = $3 "
    "ON CONFLICT DO NOTHING"};
static const Statement delete_views{
    "mailbox_prune_views",
    "DELETE FROM mailbox_view WHERE account_id = $1 AND mailbox_id = $2 AND modseq < $3"};
// Then, without any lock on the head, what nobody reads any more. Should this be lost, the next
// pruning finds the same rows again.
static const Statement delete_log{
    "mailbox_prune_log",
    "DELETE FROM mailbox_log WHERE account_id = $1 AND mailbox_id = $2 AND modseq <= $3"};
static const Statement delete_messages{
    "mailbox_prune_messages",
    "WITH gone AS (DELETE FROM message m "
    "USING unnest($3::bigint[], $4::bigint[]) AS r (first, last) "
    "WHERE m.account_id = $1 AND m.mailbox_id = $2 AND m.uid BETWEEN r.first AND r.last "
    "RETURNING m.content_id), "
    "loose AS (INSERT INTO content_loose (content_id) SELECT DISTINCT content_id FROM gone "
    "ON CONFLICT (content_id) DO UPDATE SET since = now()) "
    "SELECT count(*) FROM gone"};

// What letters said goes with them; who lists the mailbox next makes a new digest of what is left.
static const Statement delete_digests{
    "mailbox_prune_digests",
    "DELETE FROM mailbox_digest d USING unnest($3::bigint[], $4::bigint[]) AS r (first, last) "
    "WHERE d.account_id = $1 AND d.mailbox_id = $2 "
    "AND d.first_uid <= r.last AND d.last_uid >= r.first"};

static Params of(Key key) {
  Params params;
  params.add(key.account.value).add(key.mailbox.value);
  return params;
}
static Params of(Key key, int64_t cut) {
  Params params = of(key);
  params.add(cut);
  return params;
}

static UidSet expunged_by(Row row) {
  std::vector<UidSet::Range> ranges;
  if (!row.is_null(1)) {
    for (const std::string& text : row.texts(1)) {
      auto set = UidSet::parse(text);
      if (!set) throw base::Error("mailbox_log: a row is damaged");
      ranges.insert(ranges.end(), set->ranges().begin(), set->ranges().end());
    }
  }
  return UidSet::united(std::move(ranges));
}

static Call delete_of(const Statement& statement, Key key, const UidSet& uids) {
  std::vector<int64_t> first, last;
  for (UidSet::Range range : uids.ranges()) {
    first.push_back(range.first);
    last.push_back(range.last);
  }
  Params params = of(key);
  params.int8s(first).int8s(last);
  return {&statement, std::move(params)};
}

io::Task<size_t> Store::prune(Key key, base::WallTime before) {
  Params params = of(key);
  params.time(before);
  Rows found = co_await database_.query(find_cut, std::move(params));
  if (found.one().is_null(0)) co_return 0;
  int64_t cut = found.one().int8(0);
  UidSet expunged = expunged_by(found.one());
  auto view = co_await view_at(key, cut);
  if (!view) co_return 0;
  content::Packer packer;
  Params base = of(key, cut);
  base.add(int64_t{view->uidnext()}).bytes(packer.pack(view->pack()));
  std::vector<Call> cutting;
  cutting.push_back({&move_cut, of(key, cut)});
  cutting.push_back({&write_base, std::move(base)});
  cutting.push_back({&delete_views, of(key, cut)});
  co_await database_.batch(std::move(cutting));
  std::vector<Call> deleting;
  deleting.push_back({&delete_log, of(key, cut)});
  deleting.push_back(delete_of(delete_messages, key, expunged));
  deleting.push_back(delete_of(delete_digests, key, expunged));
  auto results = co_await database_.batch(std::move(deleting), io::after(std::chrono::seconds(60)));
  co_return static_cast<size_t>(results[0].affected() + results[1].one().int8(0));
}

static const Statement find_prunable{
    "mailbox_prunable",
    "SELECT DISTINCT account_id, mailbox_id FROM mailbox_log "
    "WHERE at < $1 AND (account_id, mailbox_id) > ($2, $3) ORDER BY 1, 2 LIMIT $4",
    true};

io::Task<std::vector<Key>> Store::prunable(base::WallTime before, Key after, size_t limit) {
  Params params;
  params.time(before).add(after.account.value).add(after.mailbox.value);
  params.add(static_cast<int64_t>(limit));
  Rows rows = co_await database_.query(find_prunable, std::move(params),
                                       io::after(std::chrono::seconds(60)));
  std::vector<Key> keys;
  for (Row row : rows) {
    keys.push_back({base::AccountId{row.int8(0)}, base::MailboxId{row.int8(1)}});
  }
  co_return keys;
}

io::Task<size_t> Store::prune_all(base::WallTime now, std::chrono::seconds kept) {
  constexpr size_t step = 100;
  base::WallTime before = now - kept;
  size_t deleted_rows = 0;
  Key last;
  for (;;) {
    auto keys = co_await prunable(before - kept / 4, last, step);
    for (Key key : keys) deleted_rows += co_await prune(key, before);
    if (keys.size() < step) co_return deleted_rows;
    last = keys.back();
  }
}

}  // namespace tegu::model::mailbox
