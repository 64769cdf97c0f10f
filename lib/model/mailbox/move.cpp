// Store: MOVE. Two heads in one statement, locked in the order of their ids as everywhere, so that
// moves against each other wait and never deadlock.
#include "base/error.h"
#include "base/failpoint.h"
#include "io/wait.h"
#include "model/mailbox/tail.h"

namespace tegu::model::mailbox {

using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;
using namespace std::chrono_literals;

static constexpr int most_attempts = 100;

// $2 source, $3 target, $4 what was seen of the source, $5 count, $6 unseen, $7 deleted, $8 bytes,
// $9 UIDs, $10 write id, $11 to $14 the messages as they arrive.
static const Statement move_messages{
    "mailbox_move",
    "WITH locked AS MATERIALIZED (SELECT id, logged FROM mailbox WHERE account_id = $1 "
    "AND id IN ($2, $3) ORDER BY id FOR NO KEY UPDATE), "
    "go AS MATERIALIZED (SELECT count(*) AS heads, "
    "coalesce(bool_and(id <> $2 OR logged <= $4), false) AS fresh FROM locked), "
    "source AS (UPDATE mailbox m SET modseq = m.modseq + 1, logged = m.modseq + 1, "
    "total = m.total - $5, unseen = m.unseen - $6, deleted = m.deleted - $7, "
    "bytes = m.bytes - $8 FROM go WHERE go.heads = 2 AND go.fresh AND m.account_id = $1 "
    "AND m.id = $2 RETURNING m.modseq), "
    "logged AS (INSERT INTO mailbox_log (account_id, mailbox_id, modseq, change, flags, uids) "
    "SELECT $1, $2, modseq, 4, 0, $9 FROM source), "
    "target AS (UPDATE mailbox m SET uidnext = m.uidnext + $5, modseq = m.modseq + 1, "
    "total = m.total + $5, unseen = m.unseen + $6, deleted = m.deleted + $7, "
    "bytes = m.bytes + $8 FROM go WHERE go.heads = 2 AND go.fresh AND m.account_id = $1 "
    "AND m.id = $3 RETURNING m.uidvalidity, m.uidnext - $5 AS first_uid, m.modseq), "
    "added AS (INSERT INTO message "
    "(account_id, mailbox_id, uid, content_id, modseq, flags, size, internal_date, write_id) "
    "SELECT $1, $3, t.first_uid + w.n - 1, w.content_id, t.modseq, w.flags, w.size, w.date, $10 "
    "FROM target t, unnest($11::bigint[], $12::bigint[], $13::bigint[], $14::timestamptz[]) "
    "WITH ORDINALITY AS w (content_id, flags, size, date, n)) "
    "SELECT go.heads = 2, go.fresh, (SELECT modseq FROM source), t.uidvalidity, t.first_uid, "
    "t.modseq FROM go LEFT JOIN target t ON true"};

static Params move_params(Key source, base::MailboxId target, int64_t seen_modseq,
                          const std::vector<NewMessage>& messages, const UidSet& uids,
                          int64_t write_id) {
  int64_t unseen = 0, deleted_count = 0, bytes = 0;
  std::vector<int64_t> contents, flags, sizes;
  std::vector<base::WallTime> dates;
  for (const NewMessage& message : messages) {
    unseen += (message.flags & seen) == 0;
    deleted_count += (message.flags & deleted) != 0;
    bytes += message.size;
    contents.push_back(message.content.value);
    flags.push_back(static_cast<int64_t>(message.flags));
    sizes.push_back(message.size);
    dates.push_back(message.internal_date);
  }
  Params params;
  params.add(source.account.value).add(source.mailbox.value).add(target.value).add(seen_modseq);
  params.add(static_cast<int64_t>(messages.size())).add(unseen).add(deleted_count).add(bytes);
  params.text(uids.text()).add(write_id);
  params.int8s(contents).int8s(flags).int8s(sizes).times(dates);
  return params;
}

static Appended appended_of(Row row) {
  return {static_cast<uint32_t>(row.int8(3)), static_cast<uint32_t>(row.int8(4)), row.int8(5)};
}

io::Task<std::optional<Moved>> Store::move(Key source, View view, UidSet uids,
                                           base::MailboxId target) {
  if (source.mailbox == target) bug("Store::move into the same mailbox");
  Key to{source.account, target};
  int64_t write_id = co_await ids_.next();
  UidSet found;
  std::vector<int64_t> contents;
  std::optional<Appended> arrived;
  bool unknown = false;  // an attempt's outcome was not told; it may still come through
  for (int attempt = 0; attempt < most_attempts; attempt++) {
    if (unknown) arrived = co_await look_up(to, contents, write_id);
    if (!arrived) {
      UidSet there;
      auto messages = co_await copies(source, view, uids, to, there);
      if (messages.empty()) co_return Moved{{}, view};
      found = std::move(there);
      contents.clear();
      for (const NewMessage& message : messages) contents.push_back(message.content.value);
      try {
        base::failpoint<net::pg::Unavailable>("mailbox.move.before");
        Rows rows = co_await database_.query(
            move_messages, move_params(source, target, view.modseq(), messages, found, write_id));
        base::failpoint<net::pg::OutcomeUnknown>("mailbox.move.after");
        Row row = rows.one();
        if (!row.boolean(0)) co_return std::nullopt;
        if (!row.is_null(3)) arrived = appended_of(row);
      } catch (const net::pg::OutcomeUnknown&) {
        unknown = true;
      } catch (const net::pg::Error& error) {
        // A rename of the tree takes heads in another order: the server ends one of the two.
        if (!net::pg::is_conflict(error)) throw;
      }
    }
    auto now = co_await refresh(source, view);
    if (!now) co_return std::nullopt;
    if (arrived) {
      co_await tell(source, now->modseq());
      co_await tell(to, arrived->modseq);
      UidSet there;
      there.append(
          {arrived->first_uid, arrived->first_uid + static_cast<uint32_t>(contents.size()) - 1});
      co_return Moved{{arrived->uidvalidity, std::move(found), std::move(there)}, *now};
    }
    view = *now;
  }
  throw net::pg::Unavailable("mailbox_move: too many others change this mailbox");
}

}  // namespace tegu::model::mailbox
