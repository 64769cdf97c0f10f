// Store: STORE and EXPUNGE, which depend on what is in the mailbox. Each names the modseq of the
// View that it was computed from; the head refuses it when a log row is newer. Arrivals do not
// matter to it: however busy a mailbox is with deliveries, nobody has to try again.
#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "io/wait.h"
#include "model/mailbox/tail.h"

namespace tegu::model::mailbox {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

// Only other changes of the same mailbox make us try again, each of them a step forward for
// somebody.
static constexpr int most_attempts = 100;

// $3: what was seen, $4 to $7: how the counters move, $8 to $10: the log row.
static const Statement write_log{
    "mailbox_change",
    "WITH head AS (UPDATE mailbox SET modseq = modseq + 1, logged = modseq + 1, "
    "total = total + $4, unseen = unseen + $5, deleted = deleted + $6, bytes = bytes + $7 "
    "WHERE account_id = $1 AND id = $2 AND logged <= $3 RETURNING modseq), "
    "written AS (INSERT INTO mailbox_log (account_id, mailbox_id, modseq, change, flags, uids) "
    "SELECT $1, $2, modseq, $8, $9, $10 FROM head) "
    "SELECT modseq FROM head"};

void Store::Change::flags_become(const Message& message, Flags flags) {
  unseen += int64_t{(flags & seen) == 0} - int64_t{(message.flags & seen) == 0};
  deleted +=
      int64_t{(flags & mailbox::deleted) != 0} - int64_t{(message.flags & mailbox::deleted) != 0};
  entry.uids.append(message.uid);
}

void Store::Change::goes(const Message& message) {
  total--;
  unseen -= (message.flags & seen) == 0;
  deleted -= (message.flags & mailbox::deleted) != 0;
  bytes -= message.size;
  entry.uids.append(message.uid);
}

// The modseq of the change; nothing when the head refused it or is gone.
io::Task<std::optional<int64_t>> Store::write_change(Key key, int64_t seen_modseq,
                                                     const Change& change, bool& unknown) {
  Params params;
  params.add(key.account.value).add(key.mailbox.value).add(seen_modseq);
  params.add(change.total).add(change.unseen).add(change.deleted).add(change.bytes);
  params.add(static_cast<int16_t>(change.entry.kind));
  params.add(static_cast<int64_t>(change.entry.flags)).text(change.entry.uids.text());
  try {
    base::failpoint<net::pg::Unavailable>("mailbox.change.before");
    Rows rows = co_await database_.query(write_log, std::move(params));
    base::failpoint<net::pg::OutcomeUnknown>("mailbox.change.after");
    if (rows.empty()) co_return std::nullopt;
    int64_t modseq = rows.one().int8(0);
    co_await tell(key, modseq);
    co_return modseq;
  } catch (const net::pg::OutcomeUnknown&) {
    // What is done does not need to be done again: the next View tells.
    unknown = true;
  }
  co_return std::nullopt;
}

// After our own change: by hand when nothing else happened, from the database otherwise.
static View with_change(const View& view, LogEntry entry) {
  int64_t modseq = entry.modseq;
  return view.apply({modseq, view.uidnext(), {}, {std::move(entry)}});
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

io::Task<std::optional<FlagsStored>> Store::store_flags(Key key, View view, UidSet uids,
                                                        LogEntry::Kind kind, Flags flags,
                                                        std::optional<int64_t> unchanged_since) {
  if (kind == LogEntry::Kind::expunge) bug("Store::store_flags expunges nothing");
  UidSet lost;  // of an attempt whose outcome was not told
  for (int attempt = 0; attempt < most_attempts; attempt++) {
    Change change;
    change.entry.kind = kind;
    change.entry.flags = flags;
    UidSet conflicts, done;
    for_each(view, uids, [&](const Message& message) {
      Flags wanted = changed_flags(message.flags, change.entry);
      if (wanted == message.flags && lost.contains(message.uid)) {
        done.append(message.uid);
      } else if (unchanged_since && message.modseq > *unchanged_since) {
        conflicts.append(message.uid);
      } else if (wanted != message.flags) {
        change.flags_become(message, wanted);
      }
    });
    if (change.entry.uids.empty()) co_return FlagsStored{view, done, conflicts};
    bool unknown = false;
    auto modseq = co_await write_change(key, view.modseq(), change, unknown);
    if (modseq && *modseq == view.modseq() + 1) {
      change.entry.modseq = *modseq;
      co_return FlagsStored{with_change(view, change.entry), change.entry.uids, conflicts};
    }
    auto now = co_await refresh(key, view);
    if (!now) co_return std::nullopt;
    if (modseq) co_return FlagsStored{*now, change.entry.uids, conflicts};
    view = *now;
    lost = unknown ? change.entry.uids : UidSet();
  }
  throw net::pg::Unavailable("mailbox_change: too many others change this mailbox");
}

io::Task<std::optional<Expunged>> Store::expunge(Key key, View view, std::optional<UidSet> only) {
  UidSet all;
  if (!only) all.append({1, UINT32_MAX});
  for (int attempt = 0; attempt < most_attempts; attempt++) {
    Change change;
    change.entry.kind = LogEntry::Kind::expunge;
    for_each(view, only ? *only : all, [&](const Message& message) {
      if ((message.flags & deleted) != 0) change.goes(message);
    });
    if (change.entry.uids.empty()) co_return Expunged{view, {}};
    bool unknown = false;
    auto modseq = co_await write_change(key, view.modseq(), change, unknown);
    if (modseq && *modseq == view.modseq() + 1) {
      change.entry.modseq = *modseq;
      co_return Expunged{with_change(view, change.entry), change.entry.uids};
    }
    auto now = co_await refresh(key, view);
    if (!now) co_return std::nullopt;
    if (modseq) co_return Expunged{*now, change.entry.uids};
    view = *now;
  }
  throw net::pg::Unavailable("mailbox_change: too many others change this mailbox");
}

}  // namespace tegu::model::mailbox
