// Store: APPEND and COPY, which add messages to a mailbox and depend on nothing that is in it.
#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "io/wait.h"
#include "model/mailbox/hot.h"
#include "model/mailbox/store.h"

namespace tegu::model::mailbox {

using base::ContentId;
using net::pg::Call;
using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;
using namespace std::chrono_literals;

// $3 count, $4 unseen, $5 deleted, $6 bytes, $7 write id, $8 to $11 the messages, $12 contents that
// come in the same transaction and would have no reference when the mailbox is gone.
static const Statement add_messages{
    "mailbox_append",
    "WITH head AS (UPDATE mailbox SET uidnext = uidnext + $3, modseq = modseq + 1, "
    "total = total + $3, unseen = unseen + $4, deleted = deleted + $5, bytes = bytes + $6 "
    "WHERE account_id = $1 AND id = $2 "
    "RETURNING uidvalidity, uidnext - $3 AS first_uid, modseq), "
    "added AS (INSERT INTO message "
    "(account_id, mailbox_id, uid, content_id, modseq, flags, size, internal_date, write_id) "
    "SELECT $1, $2, h.first_uid + w.n - 1, w.content_id, h.modseq, w.flags, w.size, w.date, $7 "
    "FROM head h, unnest($8::bigint[], $9::bigint[], $10::bigint[], $11::timestamptz[]) "
    "WITH ORDINALITY AS w (content_id, flags, size, date, n)), "
    "loose AS (INSERT INTO content_loose (content_id) SELECT unnest($12::bigint[]) "
    "WHERE NOT EXISTS (SELECT FROM head) ON CONFLICT (content_id) DO UPDATE SET since = now()) "
    "SELECT uidvalidity, first_uid, modseq FROM head"};

// Index message_content.
static const Statement look_up_write{
    "mailbox_look_up",
    "SELECT h.uidvalidity, m.uid, m.modseq FROM mailbox h JOIN message m "
    "ON m.account_id = h.account_id AND m.mailbox_id = h.id "
    "WHERE h.account_id = $1 AND h.id = $2 AND m.content_id = ANY ($3) AND m.write_id = $4 "
    "ORDER BY m.uid LIMIT 1",
    true};

static Appended appended_of(Row row) {
  return {static_cast<uint32_t>(row.int8(0)), static_cast<uint32_t>(row.int8(1)), row.int8(2)};
}

static Params append_params(Key key, const std::vector<NewMessage>& messages, int64_t write_id,
                            const std::vector<int64_t>& new_contents) {
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
  params.add(key.account.value).add(key.mailbox.value).add(static_cast<int64_t>(messages.size()));
  params.add(unseen).add(deleted_count).add(bytes).add(write_id);
  params.int8s(contents).int8s(flags).int8s(sizes).times(dates).int8s(new_contents);
  return params;
}

void add_hot_append(std::vector<Call>& calls) {
  content::Prepared letter;
  letter.chunks = {"x"};
  content::add_inserts(calls, std::vector<const content::Prepared*>{&letter});
  calls.push_back({&add_messages, append_params({}, {}, 0, {})});
}

io::Task<std::optional<Appended>> Store::look_up(Key key, std::vector<int64_t> contents,
                                                 int64_t write_id) {
  Params params;
  params.add(key.account.value).add(key.mailbox.value).int8s(contents).add(write_id);
  Rows rows = co_await database_.query(look_up_write, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return appended_of(rows.one());
}

io::Task<Store::Looked> Store::look_up_safely(Key key, std::vector<int64_t> contents,
                                              int64_t write_id) {
  try {
    co_return Looked{co_await look_up(key, std::move(contents), write_id), true};
  } catch (const net::pg::Error&) {
    // No database, no evidence; the caller asks again.
  }
  co_return Looked{};
}

static std::vector<int64_t> content_ids(const std::vector<NewMessage>& messages) {
  std::vector<int64_t> ids;
  for (const NewMessage& message : messages) ids.push_back(message.content.value);
  return ids;
}

io::Task<std::optional<Appended>> Store::append(Key key, std::vector<NewMessage> messages,
                                                std::vector<const content::Prepared*> letters) {
  if (messages.empty()) bug("Store::append without messages");
  int64_t write_id = co_await ids_.next();
  std::vector<int64_t> new_contents;
  for (const content::Prepared* letter : letters) new_contents.push_back(letter->id.value);
  bool unknown = false;  // an attempt's outcome was not told: nobody may say "not stored" any more
  bool doubled = false;  // and yet the letters are stored
  for (int attempt = 0; attempt < 6; attempt++) {
    if (attempt > 0) co_await io::sleep_for(100ms * (1 << attempt));
    if (unknown) {
      auto evidence = co_await look_up_safely(key, content_ids(messages), write_id);
      if (evidence.written) {
        co_await tell(key, evidence.written->modseq);
        co_return evidence.written;
      }
      if (!evidence.sure) continue;
      if (doubled) co_return std::nullopt;  // stored, but the mailbox was gone
      // Letters are stored under their ids only once, so the same may be written again. Without
      // any, it is only waited whether the lost statement comes through.
      if (letters.empty()) continue;
    }
    std::vector<Call> calls;
    content::add_inserts(calls, letters);
    calls.push_back({&add_messages, append_params(key, messages, write_id, new_contents)});
    try {
      base::failpoint<net::pg::Unavailable>("mailbox.append.before");
      auto results = co_await content::store(database_, letters, std::move(calls), 60s);
      base::failpoint<net::pg::OutcomeUnknown>("mailbox.append.after");
      if (results.back().empty()) co_return std::nullopt;
      Appended appended = appended_of(results.back().one());
      co_await tell(key, appended.modseq);
      co_return appended;
    } catch (const net::pg::OutcomeUnknown&) {
      unknown = true;
    } catch (const net::pg::Error& error) {
      if (!unknown) throw;
      doubled = net::pg::is_unique_violation(error);
    }
  }
  throw net::pg::OutcomeUnknown("mailbox_append: the connection was lost and nothing was found");
}

// Messages of a View as they go into another mailbox.
io::Task<std::vector<NewMessage>> Store::copies(Key source, const View& view, const UidSet& uids,
                                                Key target, UidSet& found) {
  std::vector<NewMessage> messages;
  Flags used = 0;
  for (UidSet::Range range : uids.ranges()) {
    for (size_t i = view.lower_bound_uid(range.first); i < view.size(); i++) {
      const Message& message = view.at(i);
      if (message.uid > range.last) break;
      found.append(message.uid);
      used |= message.flags & keyword_flags;
      messages.push_back({message.content, message.size, message.flags,
                          base::WallTime(std::chrono::seconds(message.internal_date))});
    }
  }
  if (used == 0 || source == target) co_return messages;
  Keywords there = co_await keywords(source);
  std::vector<std::string> names;
  for (std::string_view name : there.names(used)) names.emplace_back(name);
  Keywords here = co_await add_keywords(target, std::move(names));
  std::vector<std::pair<Flags, Flags>> mapping;
  for (const Keywords::Keyword& keyword : there.all()) {
    if (auto mask = here.find(keyword.name)) mapping.emplace_back(Flags{1} << keyword.bit, *mask);
  }
  for (NewMessage& message : messages) {
    Flags flags = message.flags & ~keyword_flags;
    for (auto [from, to] : mapping) flags |= (message.flags & from) != 0 ? to : 0;
    message.flags = flags;
  }
  co_return messages;
}

io::Task<std::optional<Copied>> Store::copy(Key source, View view, UidSet uids,
                                            base::MailboxId target) {
  Copied copied;
  Key to{source.account, target};
  auto messages = co_await copies(source, view, uids, to, copied.source);
  if (messages.empty()) co_return copied;
  auto count = static_cast<uint32_t>(messages.size());
  auto appended = co_await append(to, std::move(messages), {});
  if (!appended) co_return std::nullopt;
  copied.uidvalidity = appended->uidvalidity;
  copied.target.append({appended->first_uid, appended->first_uid + count - 1});
  co_return copied;
}

}  // namespace tegu::model::mailbox
