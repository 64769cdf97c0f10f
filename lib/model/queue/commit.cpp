// Store: the batch that moves letters, one implicit transaction in one round trip, and what became
// of it when the connection died.
#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "io/wait.h"
#include "model/mailbox/changed.h"
#include "model/queue/rows.h"
#include "model/queue/store.h"

namespace tegu::model::queue {

using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;
using namespace std::chrono_literals;

static constexpr std::string_view lease_lost_state = "TG001";
static constexpr std::string_view mailbox_gone_state = "TG002";

static std::string gone_text(const std::vector<mailbox::Key>& keys) {
  std::string text = "no such mailbox:";
  for (mailbox::Key key : keys) {
    text += ' ' + std::to_string(key.account.value) + '/' + std::to_string(key.mailbox.value);
  }
  return text;
}
MailboxGone::MailboxGone(std::vector<mailbox::Key> keys)
    : Error(gone_text(keys)), keys_(std::move(keys)) {}

Store::Store(net::pg::Client& database, content::IdSource& ids, std::string node,
             std::chrono::seconds term)
    : database_(database), ids_(ids), node_(std::move(node)), term_(term) {}

static std::vector<Delivered> delivered_of(const Change& change, Row row) {
  std::vector<Delivered> delivered;
  auto mailboxes = row.int8s(1), uids = row.int8s(2), modseqs = row.int8s(3);
  for (const Placement& placement : change.placements) {
    for (const MailboxDelivery& delivery : placement.mailboxes) {
      size_t i = delivered.size();
      delivered.push_back({{delivery.account, base::MailboxId{mailboxes.at(i)}},
                           static_cast<uint32_t>(uids.at(i)),
                           modseqs.at(i)});
    }
  }
  return delivered;
}

io::Task<std::vector<Delivered>> Store::commit(Change change) {
  enum class End { again, lease_lost, mailbox_gone };
  bool unknown = false;  // an attempt's outcome was not told: nobody may say "not stored" any more
  for (int attempt = 0; attempt < 6; attempt++) {
    if (attempt > 0) co_await io::sleep_for(100ms * (1 << attempt));
    if (unknown) {
      auto evidence = co_await look_up(change);
      if (evidence == Evidence::committed) co_return co_await delivered_before(change);
      if (evidence == Evidence::none) continue;
    }
    auto calls = calls_of(change, node_);
    if (calls.empty()) co_return std::vector<Delivered>();
    End end = End::again;
    try {
      base::failpoint<net::pg::Unavailable>("queue.commit.before");
      auto results = co_await content::store(database_, letters_of(change), std::move(calls), 30s);
      base::failpoint<net::pg::OutcomeUnknown>("queue.commit.after");
      std::vector<Delivered> delivered;
      if (delivers(change)) delivered = delivered_of(change, results.back().one());
      co_await tell(delivered);
      co_return delivered;
    } catch (const net::pg::OutcomeUnknown&) {
      unknown = true;
    } catch (const net::pg::Error& error) {
      if (error.sqlstate() == lease_lost_state) {
        end = End::lease_lost;
      } else if (error.sqlstate() == mailbox_gone_state) {
        end = End::mailbox_gone;
      } else if (!unknown && !net::pg::is_conflict(error)) {
        throw;
      }
      // Written under the same ids: should the lost attempt come through after all, one of the two
      // fails, and the next look finds it.
    }
    if (end == End::again) continue;
    if (unknown && co_await look_up(change) == Evidence::committed) {
      co_return co_await delivered_before(change);
    }
    if (end == End::lease_lost) throw LeaseLost("recipients are leased to another node");
    throw MailboxGone(co_await missing_mailboxes(change));
  }
  if (!unknown) throw net::pg::Unavailable("queue_commit: too many conflicts");
  throw net::pg::OutcomeUnknown("queue_commit: the connection was lost again and again");
}

static const Statement look_up_content{"queue_look_up_content",
                                       "SELECT EXISTS (SELECT FROM content WHERE id = $1)", true};
static const Statement look_up_item{"queue_look_up_item",
                                    "SELECT EXISTS (SELECT FROM queue_item WHERE id = $1)", true};
static const Statement look_up_recipient{
    "queue_look_up_recipient",
    "SELECT NOT EXISTS (SELECT FROM queue_rcpt WHERE item_id = $1 AND seq = $2)", true};

// All of a change is one transaction, so any one trace of it speaks for all. A change that only
// defers leaves none and needs none: it may be written twice.
io::Task<Store::Evidence> Store::look_up(const Change& change) {
  const Statement* question = nullptr;
  Params params;
  for (const Placement& placement : change.placements) {
    if (placement.letter != nullptr) {
      question = &look_up_content;
      params.add(placement.content.value);
      break;
    }
  }
  if (question == nullptr && !change.done.empty()) {
    question = &look_up_recipient;
    params.add(change.done.front().item.value).add(change.done.front().seq);
  }
  if (question == nullptr) {
    for (const Placement& placement : change.placements) {
      if (!placement.item) continue;
      question = &look_up_item;
      params.add(placement.item->id.value);
      break;
    }
  }
  if (question == nullptr) co_return Evidence::absent;
  try {
    Rows rows = co_await database_.query(*question, std::move(params));
    co_return rows.one().boolean(0) ? Evidence::committed : Evidence::absent;
  } catch (const net::pg::Error&) {
    // No database, no evidence; the caller asks again.
  }
  co_return Evidence::none;
}

// Index message_content, then the account.
static const Statement find_delivered{
    "queue_find_delivered",
    "SELECT w.n, m.mailbox_id, m.uid, m.modseq FROM unnest($1::bigint[], $2::bigint[], "
    "$3::bigint[]) WITH ORDINALITY AS w (account_id, mailbox_id, content_id, n) "
    "JOIN message m ON m.content_id = w.content_id AND m.account_id = w.account_id "
    "AND (w.mailbox_id = 0 OR m.mailbox_id = w.mailbox_id) ORDER BY w.n, m.uid",
    true};

io::Task<std::vector<Delivered>> Store::delivered_before(const Change& change) {
  std::vector<Delivered> delivered;
  std::vector<int64_t> accounts, mailboxes, contents;
  for (const Placement& placement : change.placements) {
    for (const MailboxDelivery& delivery : placement.mailboxes) {
      delivered.push_back({{delivery.account, delivery.mailbox}, 0, 0});
      accounts.push_back(delivery.account.value);
      mailboxes.push_back(delivery.mailbox.value);
      contents.push_back(placement.content.value);
    }
  }
  if (delivered.empty()) co_return delivered;
  Params params;
  params.int8s(accounts).int8s(mailboxes).int8s(contents);
  Rows rows = co_await database_.query(find_delivered, std::move(params));
  for (Row row : rows) {
    Delivered& one = delivered.at(static_cast<size_t>(row.int8(0)) - 1);
    one.key.mailbox.value = row.int8(1);
    one.uid = static_cast<uint32_t>(row.int8(2));
    one.modseq = row.int8(3);
  }
  co_await tell(delivered);
  co_return delivered;
}

static const Statement find_missing{
    "queue_find_missing",
    "SELECT w.account_id, w.mailbox_id FROM unnest($1::bigint[], $2::bigint[]) "
    "AS w (account_id, mailbox_id) WHERE NOT EXISTS (SELECT FROM mailbox m "
    "WHERE m.account_id = w.account_id AND CASE WHEN w.mailbox_id = 0 THEN m.name = 'INBOX' "
    "ELSE m.id = w.mailbox_id END)",
    true};

io::Task<std::vector<mailbox::Key>> Store::missing_mailboxes(const Change& change) {
  std::vector<int64_t> accounts, mailboxes;
  for (const Placement& placement : change.placements) {
    for (const MailboxDelivery& delivery : placement.mailboxes) {
      accounts.push_back(delivery.account.value);
      mailboxes.push_back(delivery.mailbox.value);
    }
  }
  Params params;
  params.int8s(accounts).int8s(mailboxes);
  Rows rows = co_await database_.query(find_missing, std::move(params));
  std::vector<mailbox::Key> keys;
  for (Row row : rows) {
    keys.push_back({base::AccountId{row.int8(0)}, base::MailboxId{row.int8(1)}});
  }
  co_return keys;
}

io::Task<void> Store::tell(const std::vector<Delivered>& delivered) {
  for (const Delivered& one : delivered) {
    co_await database_.notify(mailbox::changed_channel,
                              mailbox::text(mailbox::Changed{one.key, one.modseq}));
  }
}

}  // namespace tegu::model::queue
