// Store: STORE and EXPUNGE, which depend on what is in the mailbox. Each names the modseq of the
// View that it was computed from; the head refuses it when a log row is newer. Arrivals do not
// matter to it: however busy a mailbox is with deliveries, nobody has to try again.
#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "io/wait.h"
#include "model/mailbox/hot.h"
#include "model/mailbox/tail.h"

namespace tegu::model::mailbox {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

// Only other changes of the same mailbox make us try again, each of them a step forward for
// somebody.
static constexpr int most_attempts = 100;

// $3: what was seen, $4 to $7: how the counters move, $8 to $10: the log rows.
static const Statement write_log{
    "mailbox_change",
    "WITH head AS (UPDATE mailbox SET modseq = modseq + cardinality($8), "
    "logged = modseq + cardinality($8), "
    "total = total + $4, unseen = unseen + $5, deleted = deleted + $6, bytes = bytes + $7 "
    "WHERE account_id = $1 AND id = $2 AND logged <= $3 "
    "RETURNING modseq - cardinality($8) AS before), "
    "written AS (INSERT INTO mailbox_log (account_id, mailbox_id, modseq, change, flags, uids) "
    "SELECT $1, $2, h.before + w.n, w.change, w.flags, w.uids "
    "FROM head h, unnest($8::smallint[], $9::bigint[], $10::text[]) "
    "WITH ORDINALITY AS w (change, flags, uids, n)) "
    "SELECT before FROM head"};

void Store::Change::add(LogEntry entry) {
  entry.modseq = after.modseq() + 1;
  entries.push_back(entry);
  after = after.apply({entry.modseq, after.uidnext(), {}, {std::move(entry)}});
}

static Params change_params(Key key, const View& before, const View& after,
                            const std::vector<LogEntry>& entries) {
  auto moved = [](size_t from, size_t to) {
    return static_cast<int64_t>(to) - static_cast<int64_t>(from);
  };
  const View::Counters &was = before.counters(), &is = after.counters();
  std::vector<int16_t> kinds;
  std::vector<int64_t> flags;
  std::vector<std::string> uids;
  for (const LogEntry& entry : entries) {
    kinds.push_back(static_cast<int16_t>(entry.kind));
    flags.push_back(static_cast<int64_t>(entry.flags));
    uids.push_back(entry.uids.text());
  }
  Params params;
  params.add(key.account.value).add(key.mailbox.value).add(before.modseq());
  params.add(moved(was.total, is.total)).add(moved(was.unseen, is.unseen));
  params.add(moved(was.deleted, is.deleted)).add(moved(was.bytes, is.bytes));
  params.int2s(kinds).int8s(flags).texts(uids);
  return params;
}

void add_hot_change(std::vector<net::pg::Call>& calls) {
  calls.push_back({&write_log, change_params({}, View(), View(), {})});
}

// The head's modseq before the change; nothing when the head refused it or is gone.
io::Task<std::optional<int64_t>> Store::write_change(Key key, const Change& change, bool& unknown) {
  try {
    base::failpoint<net::pg::Unavailable>("mailbox.change.before");
    Rows rows = co_await database_.query(
        write_log, change_params(key, change.before, change.after, change.entries));
    base::failpoint<net::pg::OutcomeUnknown>("mailbox.change.after");
    if (rows.empty()) co_return std::nullopt;
    int64_t before = rows.one().int8(0);
    co_await tell(key, before + static_cast<int64_t>(change.entries.size()));
    co_return before;
  } catch (const net::pg::OutcomeUnknown&) {
    // What is done does not need to be done again: the next View tells.
    unknown = true;
  }
  co_return std::nullopt;
}

template <class F>
static void for_each(const View& view, const UidSet& uids, F f) {
  for (UidSet::Range range : uids.ranges()) {
    for (size_t i = view.lower_bound_uid(range.first); i < view.size(); i++) {
      const Message& message = view.at(i);
      if (message.uid > range.last) break;
      f(message);
    }
  }
}

// What a change does to the messages as `now` has them. `view`: what the database had when this
// began; whatever is newer than it was changed by the same write. `lost`: written by an attempt
// whose outcome was not told.
static FlagsStored compute(const View& view, const View& now, const FlagChange& asked,
                           const UidSet& lost, LogEntry& entry) {
  FlagsStored stored;
  entry = {.kind = asked.kind, .flags = asked.flags, .uids = {}};
  for_each(now, asked.uids, [&](const Message& message) {
    Flags wanted = changed_flags(message.flags, entry);
    int64_t since = asked.unchanged_since.value_or(INT64_MAX);
    if (wanted == message.flags && lost.contains(message.uid)) {
      stored.changed.append(message.uid);
    } else if (asked.unchanged_since &&
               (message.modseq > since || message.modseq > view.modseq())) {
      stored.conflicts.append(message.uid);
    } else if (wanted != message.flags) {
      stored.changed.append(message.uid);
      entry.uids.append(message.uid);
    }
  });
  return stored;
}

io::Task<std::optional<AllStored>> Store::store_flags(Key key, View view,
                                                      std::vector<FlagChange> changes) {
  std::vector<UidSet> lost(changes.size());
  for (int attempt = 0; attempt < most_attempts; attempt++) {
    Change change(view);
    std::vector<FlagsStored> stored;
    for (size_t i = 0; i < changes.size(); i++) {
      if (changes[i].kind == LogEntry::Kind::expunge) bug("Store::store_flags expunges nothing");
      LogEntry entry;
      stored.push_back(compute(view, change.after, changes[i], lost[i], entry));
      if (entry.uids.empty()) continue;
      change.add(std::move(entry));
      stored.back().modseq = change.after.modseq();
    }
    if (change.entries.empty()) co_return AllStored{view, std::move(stored)};
    bool unknown = false;
    auto before = co_await write_change(key, change, unknown);
    if (before && *before == view.modseq()) co_return AllStored{change.after, std::move(stored)};
    auto now = co_await refresh(key, view);
    if (!now) co_return std::nullopt;
    if (before) {
      for (FlagsStored& one : stored)
        if (one.modseq != 0) one.modseq += *before - view.modseq();
      co_return AllStored{*now, std::move(stored)};
    }
    for (size_t i = 0; i < changes.size(); i++)
      lost[i] = unknown ? std::move(stored[i].changed) : UidSet();
    view = *now;
  }
  throw net::pg::Unavailable("mailbox_change: too many others change this mailbox");
}

io::Task<std::optional<Expunged>> Store::expunge(Key key, View view, std::optional<UidSet> only) {
  UidSet all;
  if (!only) all.append({1, UINT32_MAX});
  for (int attempt = 0; attempt < most_attempts; attempt++) {
    LogEntry entry{.kind = LogEntry::Kind::expunge, .uids = {}};
    for_each(view, only ? *only : all, [&](const Message& message) {
      if ((message.flags & deleted) != 0) entry.uids.append(message.uid);
    });
    if (entry.uids.empty()) co_return Expunged{view, {}};
    UidSet uids = entry.uids;
    Change change(view);
    change.add(std::move(entry));
    bool unknown = false;
    auto before = co_await write_change(key, change, unknown);
    if (before && *before == view.modseq()) co_return Expunged{change.after, std::move(uids)};
    auto now = co_await refresh(key, view);
    if (!now) co_return std::nullopt;
    if (before) co_return Expunged{*now, std::move(uids)};
    view = *now;
  }
  throw net::pg::Unavailable("mailbox_change: too many others change this mailbox");
}

}  // namespace tegu::model::mailbox
