// Store: the journal read and replayed. Everything comes from ONE statement, so from one snapshot
// of the database: head, checkpoint, log and arrivals always fit together.
#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "model/content/packing.h"
#include "model/mailbox/hot.h"
#include "model/mailbox/tail.h"

namespace tegu::model::mailbox {

using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;

// Of a checkpoint's plain form: 48 octets a message are plenty.
static constexpr size_t checkpoint_limit = size_t{1} << 30;

// $3, $4: what the caller has, modseq and uidnext; NULL: begin at the newest checkpoint. $5: NULL,
// or the modseq at which to stop. Primary keys of all four tables.
static const Statement read_journal{
    "mailbox_journal",
    "WITH base AS MATERIALIZED (SELECT modseq, uidnext, view FROM mailbox_view "
    "WHERE $3::bigint IS NULL AND account_id = $1 AND mailbox_id = $2 "
    "AND ($5::bigint IS NULL OR modseq <= $5) ORDER BY modseq DESC LIMIT 1) "
    "SELECT h.uidvalidity, h.uidnext, h.modseq, h.pruned, h.total, h.unseen, h.deleted, h.bytes, "
    "(SELECT view FROM base), l.modseqs, l.changes, l.flags, l.uids, "
    "m.uids, m.flags, m.modseqs, m.contents, m.sizes, m.dates, m.saved "
    "FROM mailbox h CROSS JOIN LATERAL (SELECT array_agg(modseq) AS modseqs, "
    "array_agg(change) AS changes, array_agg(flags) AS flags, array_agg(uids) AS uids FROM "
    "(SELECT modseq, change, flags, uids FROM mailbox_log "
    "WHERE account_id = $1 AND mailbox_id = $2 "
    "AND modseq > coalesce($3, (SELECT modseq FROM base), 0) "
    "AND ($5 IS NULL OR modseq <= $5) ORDER BY modseq) AS rows) AS l "
    "CROSS JOIN LATERAL (SELECT array_agg(uid) AS uids, array_agg(flags) AS flags, "
    "array_agg(modseq) AS modseqs, array_agg(content_id) AS contents, array_agg(size) AS sizes, "
    "array_agg(internal_date) AS dates, array_agg(saved_at) AS saved FROM "
    "(SELECT uid, flags, modseq, content_id, size, internal_date, saved_at FROM message "
    "WHERE account_id = $1 AND mailbox_id = $2 "
    "AND uid >= coalesce($4, (SELECT uidnext FROM base), 1) "
    "AND ($5 IS NULL OR modseq <= $5) ORDER BY uid) AS rows) AS m "
    "WHERE h.account_id = $1 AND h.id = $2",
    true};

static uint32_t number32(int64_t value) {
  if (value < 0 || value > UINT32_MAX) throw base::Error("mailbox: a number is out of range");
  return static_cast<uint32_t>(value);
}

static int64_t seconds(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

static std::vector<LogEntry> log_of(Row row) {
  std::vector<LogEntry> log;
  if (row.is_null(9)) return log;
  auto modseqs = row.int8s(9), changes = row.int8s(10), flags = row.int8s(11);
  auto uids = row.texts(12);
  log.reserve(modseqs.size());
  for (size_t i = 0; i < modseqs.size(); i++) {
    auto set = UidSet::parse(uids[i]);
    if (!set || changes[i] < 1 || changes[i] > 4) {
      throw base::Error("mailbox_log: row " + std::to_string(modseqs[i]) + " is damaged");
    }
    log.push_back({modseqs[i], static_cast<LogEntry::Kind>(changes[i]),
                   static_cast<Flags>(flags[i]), std::move(*set)});
  }
  return log;
}

static std::vector<Message> arrivals_of(Row row) {
  std::vector<Message> messages;
  if (row.is_null(13)) return messages;
  auto uids = row.int8s(13), flags = row.int8s(14), modseqs = row.int8s(15);
  auto contents = row.int8s(16), sizes = row.int8s(17);
  auto dates = row.times(18), saved = row.times(19);
  messages.reserve(uids.size());
  for (size_t i = 0; i < uids.size(); i++) {
    messages.push_back({number32(uids[i]), number32(sizes[i]), static_cast<Flags>(flags[i]),
                        modseqs[i], base::ContentId{contents[i]}, seconds(dates[i]),
                        seconds(saved[i])});
  }
  return messages;
}

static Params journal_params(Key key, std::optional<int64_t> since, uint32_t first_uid,
                             std::optional<int64_t> until) {
  Params params;
  params.add(key.account.value).add(key.mailbox.value).add(since);
  params.add(since ? std::optional<int64_t>(first_uid) : std::nullopt).add(until);
  return params;
}

void add_hot_journal(std::vector<net::pg::Call>& calls) {
  calls.push_back({&read_journal, journal_params({}, {}, 0, {})});
}

io::Task<std::optional<Store::Tail>> Store::read_tail(Key key, std::optional<int64_t> since,
                                                      uint32_t first_uid,
                                                      std::optional<int64_t> until) {
  Rows rows = co_await database_.query(read_journal, journal_params(key, since, first_uid, until));
  if (rows.empty()) co_return std::nullopt;
  Row row = rows.one();
  Tail tail;
  tail.uidvalidity = number32(row.int8(0));
  tail.changes.uidnext = number32(row.int8(1));
  tail.changes.modseq = row.int8(2);
  tail.pruned = row.int8(3);
  tail.counters = {static_cast<size_t>(row.int8(4)), static_cast<size_t>(row.int8(5)),
                   static_cast<size_t>(row.int8(6)), static_cast<uint64_t>(row.int8(7))};
  if (!row.is_null(8)) tail.checkpoint = row.bytes(8);
  tail.changes.log = log_of(row);
  tail.changes.arrivals = arrivals_of(row);
  if (until && *until < tail.changes.modseq) {
    tail.is_current = false;
    tail.changes.modseq = *until;
    // What uidnext was then is not kept; that of the last message will do.
    const auto& arrivals = tail.changes.arrivals;
    tail.changes.uidnext = arrivals.empty() ? 0 : arrivals.back().uid + 1;
  }
  co_return tail;
}

static std::optional<View> unpack_checkpoint(const std::string& stored) {
  content::Unpacker unpacker;
  try {
    return View::unpack(unpacker.unpack(stored, checkpoint_limit));
  } catch (const base::Error& error) {
    base::log::error("mailbox.checkpoint_damaged", {{"error", error.what()}});
    return std::nullopt;
  }
}

static void compare_counters(Key key, const View& view, const View::Counters& head) {
  if (view.counters() == head) return;
  base::log::error("mailbox.counters_differ", {{"account", key.account.value},
                                               {"mailbox", key.mailbox.value},
                                               {"head_total", head.total},
                                               {"total", view.counters().total},
                                               {"head_unseen", head.unseen},
                                               {"unseen", view.counters().unseen},
                                               {"head_bytes", head.bytes},
                                               {"bytes", view.counters().bytes}});
}

io::Task<std::optional<std::pair<View, Store::Tail>>> Store::replay(Key key,
                                                                    std::optional<int64_t> until,
                                                                    uint32_t uidnext) {
  auto tail = co_await read_tail(key, std::nullopt, 0, until);
  if (!tail) co_return std::nullopt;
  View base(tail->uidvalidity);
  if (tail->checkpoint) {
    auto checkpoint = unpack_checkpoint(*tail->checkpoint);
    if (checkpoint && checkpoint->uidvalidity() == tail->uidvalidity) {
      base = *checkpoint;
    } else {
      // Only a cache: the journal has it all, unless it was pruned.
      tail = co_await read_tail(key, 0, 1, until);
      if (!tail) co_return std::nullopt;
    }
  }
  if (base.modseq() < tail->pruned) {
    if (until && *until < tail->pruned) co_return std::nullopt;
    throw base::Error("mailbox " + std::to_string(key.mailbox.value) +
                      ": its log is pruned and its checkpoint is lost or damaged");
  }
  if (until) tail->changes.uidnext = std::max({tail->changes.uidnext, base.uidnext(), uidnext});
  co_return std::pair(base.apply(tail->changes), std::move(*tail));
}

io::Task<std::optional<View>> Store::open(Key key) {
  return open_replayed(key, std::nullopt, 0);
}

io::Task<std::optional<View>> Store::open_at(Head head) {
  return open_replayed(head.key, head.modseq, head.uidnext);
}

io::Task<std::optional<View>> Store::open_replayed(Key key, std::optional<int64_t> until,
                                                   uint32_t uidnext) {
  auto replayed = co_await replay(key, until, uidnext);
  if (!replayed) co_return std::nullopt;
  auto& [view, tail] = *replayed;
  if (tail.is_current) compare_counters(key, view, tail.counters);
  if (tail.rows() > limits_.checkpoint_changes) co_await checkpoint(key, view);
  co_return view;
}

io::Task<std::optional<View>> Store::view_at(Key key, int64_t modseq) {
  auto replayed = co_await replay(key, modseq, 0);
  if (!replayed) co_return std::nullopt;
  co_return std::move(replayed->first);
}

io::Task<std::optional<View>> Store::refresh(Key key, View view) {
  auto tail = co_await read_tail(key, view.modseq(), view.uidnext());
  if (!tail || tail->uidvalidity != view.uidvalidity()) co_return std::nullopt;
  if (view.modseq() < tail->pruned) co_return co_await open(key);
  if (tail->changes.modseq == view.modseq()) co_return view;
  View now = view.apply(tail->changes);
  compare_counters(key, now, tail->counters);
  co_return now;
}

// Primary key of mailbox_log, from a modseq on.
static const Statement read_vanished{
    "mailbox_vanished",
    "SELECT h.pruned, (SELECT array_agg(uids) FROM mailbox_log WHERE account_id = $1 "
    "AND mailbox_id = $2 AND modseq > $3 AND change = 4) FROM mailbox h "
    "WHERE h.account_id = $1 AND h.id = $2",
    true};

io::Task<std::optional<UidSet>> Store::vanished(Key key, int64_t since) {
  Params params;
  params.add(key.account.value).add(key.mailbox.value).add(since);
  Rows rows = co_await database_.query(read_vanished, std::move(params));
  if (rows.empty() || since < rows.one().int8(0)) co_return std::nullopt;
  std::vector<UidSet::Range> ranges;
  if (!rows.one().is_null(1)) {
    for (const std::string& text : rows.one().texts(1)) {
      auto set = UidSet::parse(text);
      if (!set) throw base::Error("mailbox_log: a row is damaged");
      ranges.insert(ranges.end(), set->ranges().begin(), set->ranges().end());
    }
  }
  co_return UidSet::united(std::move(ranges));
}

// The base of the pruned log and this one stay; what was between is of no use any more.
static const Statement write_checkpoint{
    "mailbox_write_checkpoint",
    "WITH old AS (DELETE FROM mailbox_view v USING mailbox h WHERE v.account_id = $1 "
    "AND v.mailbox_id = $2 AND v.modseq < $3 AND h.account_id = $1 AND h.id = $2 "
    "AND v.modseq > h.pruned) "
    "INSERT INTO mailbox_view (account_id, mailbox_id, modseq, uidnext, view) "
    "SELECT $1, $2, $3, $4, $5 FROM mailbox WHERE account_id = $1 AND id = $2 AND pruned <= $3 "
    "ON CONFLICT DO NOTHING"};

io::Task<void> Store::checkpoint(Key key, View view) {
  content::Packer packer;
  Params params;
  params.add(key.account.value).add(key.mailbox.value).add(view.modseq());
  params.add(int64_t{view.uidnext()}).bytes(packer.pack(view.pack()));
  try {
    base::failpoint<net::pg::Unavailable>("mailbox.checkpoint.before");
    co_await database_.query(write_checkpoint, std::move(params));
    base::failpoint<net::pg::OutcomeUnknown>("mailbox.checkpoint.after");
  } catch (const net::pg::Error& error) {
    // Nobody depends on it; the next one who replays much tries again.
    base::log::warn("mailbox.checkpoint_failed", {{"error", error.what()}});
  }
}

}  // namespace tegu::model::mailbox
