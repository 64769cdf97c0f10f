#include "database_ledger.h"

namespace tegu::queue {
namespace {

// Content that lost its last reference is kept so long: somebody may be about to copy it.
constexpr std::chrono::hours grace{1};

model::queue::Item item_of(const QueuedLetter& letter) {
  return {.id = letter.item,
          .content = letter.content,
          .log_id = letter.facts.name,
          .sender = letter.facts.sender,
          .size = letter.facts.size,
          .ret = letter.facts.ret,
          .envid = letter.facts.envid,
          .body = letter.body,
          .smtputf8 = letter.facts.smtputf8,
          .login = letter.login,
          .created_at = letter.facts.arrival,
          .expires_at = letter.expires};
}

QueuedLetter letter_of(const model::queue::Item& item) {
  QueuedLetter letter;
  letter.item = item.id;
  letter.content = item.content;
  letter.facts = {.name = item.log_id,
                  .sender = item.sender,
                  .ret = item.ret,
                  .envid = item.envid,
                  .smtputf8 = item.smtputf8,
                  .size = item.size,
                  .arrival = item.created_at};
  letter.body = item.body;
  letter.login = item.login;
  letter.expires = item.expires_at;
  return letter;
}

model::queue::Recipient recipient_of(const Pending& pending, int32_t seq, base::WallTime now) {
  model::queue::Recipient recipient;
  recipient.seq = seq;
  recipient.address = pending.address;
  recipient.next_hop = pending.next_hop;
  recipient.notify = pending.notify;
  recipient.original = pending.original;
  recipient.next_try_at = now;
  return recipient;
}

QueuedRecipient queued_of(model::queue::Recipient& row) {
  QueuedRecipient recipient;
  recipient.seq = row.seq;
  recipient.pending = {.address = std::move(row.address),
                       .next_hop = std::move(row.next_hop),
                       .notify = row.notify,
                       .original = std::move(row.original)};
  recipient.attempts = row.attempts;
  recipient.delay_told = row.delay_told;
  return recipient;
}

model::queue::Placement placement_of(const Placement& placement) {
  const QueuedLetter& letter = placement.letter;
  model::queue::Placement out;
  if (placement.content) out.letter = &*placement.content;
  out.content = letter.content;
  out.size = letter.facts.size;
  for (base::AccountId account : placement.mailboxes) {
    out.mailboxes.push_back(
        {.account = account, .mailbox = {}, .flags = 0, .internal_date = letter.facts.arrival});
  }
  if (!placement.pending.empty()) {
    out.item = item_of(letter);
    for (const Pending& pending : placement.pending) {
      auto seq = static_cast<int32_t>(out.recipients.size());
      out.recipients.push_back(recipient_of(pending, seq, letter.facts.arrival));
    }
  }
  return out;
}

void add(model::queue::Change& sum, const Change& change) {
  for (const Placement& placement : change.placements)
    sum.placements.push_back(placement_of(placement));
  for (const RecipientKey& key : change.done) sum.done.push_back({key.item, key.seq});
  for (const Deferral& deferral : change.deferred) {
    sum.deferred.push_back({.key = {deferral.key.item, deferral.key.seq},
                            .next_try_at = deferral.next_try,
                            .reply = deferral.reply,
                            .delay_told = deferral.delay_told,
                            .next_hop = {}});
  }
}

}  // namespace

io::Task<void> DatabaseLedger::commit(std::vector<const Change*> changes) {
  model::queue::Change sum;
  for (const Change* change : changes) add(sum, *change);
  try {
    co_await store_.commit(std::move(sum));
  } catch (const model::queue::LeaseLost& error) {
    throw LeaseLost(error.what());
  } catch (const model::queue::MailboxGone& error) {
    throw MailboxGone(error.what());
  }
}

io::Task<std::vector<Lease>> DatabaseLedger::lease(size_t most_recipients) {
  std::vector<Lease> leases;
  for (model::queue::Lease& row : co_await store_.lease(most_recipients)) {
    Lease& lease = leases.emplace_back();
    lease.letter = letter_of(row.item);
    for (auto& recipient : row.recipients) lease.recipients.push_back(queued_of(recipient));
  }
  co_return leases;
}

io::Task<std::optional<std::string>> DatabaseLedger::range(base::ContentId content, uint64_t offset,
                                                           uint64_t length) {
  return reader_.range(content, offset, length);
}

io::Task<std::optional<std::string>> DatabaseLedger::header(base::ContentId content) {
  return reader_.header(content);
}

io::Task<Swept> DatabaseLedger::sweep(size_t most) {
  searched_ = co_await store_.find_unreferenced(searched_, most);
  auto swept = co_await store_.sweep(grace, most);
  co_return Swept{swept.looked_at, swept.deleted};
}

io::Task<Depth> DatabaseLedger::depth() {
  auto overview = co_await store_.overview();
  co_return Depth{.waiting = overview.ready,
                  .held = overview.held,
                  .due = overview.due,
                  .oldest = overview.oldest};
}

}  // namespace tegu::queue
