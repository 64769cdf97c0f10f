#include "settlement.h"

namespace tegu::queue {
namespace {

using wire::dsn::Action;

Notice notice_of(const QueuedRecipient& recipient, const Carried& carried,
                 const net::smtp::Outcome& outcome, Action action, std::string status,
                 base::WallTime now) {
  Notice notice;
  notice.notify = recipient.pending.notify;
  notice.status.address = recipient.pending.address;
  notice.status.original = recipient.pending.original;
  notice.status.action = action;
  notice.status.status = std::move(status);
  if (outcome.from_peer()) notice.status.remote_mta = carried.host;
  notice.status.diagnostic = outcome.text;
  notice.status.last_attempt = now;
  return notice;
}

}  // namespace

Settlement settle(const QueuedLetter& letter, const std::vector<QueuedRecipient>& recipients,
                  const Carried& carried, bool lmtp, const RetryPolicy& policy, base::WallTime now,
                  const std::function<double()>& chance) {
  Settlement settlement;
  for (size_t i = 0; i < recipients.size(); ++i) {
    const QueuedRecipient& recipient = recipients[i];
    const net::smtp::Outcome& outcome = carried.outcomes[i];
    RecipientKey key{letter.item, recipient.seq};
    Verdict verdict = decide({.outcome = outcome,
                              .attempts = recipient.attempts + 1,
                              .created = letter.facts.arrival,
                              .expires = letter.expires,
                              .delay_told = recipient.delay_told},
                             policy, now, chance());
    auto notice = [&](Action action, std::string status) {
      return notice_of(recipient, carried, outcome, action, std::move(status), now);
    };
    switch (verdict.step) {
      case Verdict::Step::remove:
        settlement.change.done.push_back(key);
        // RFC 3461 5.2.2: a next hop with DSN tells success itself.
        if (!carried.dsn) {
          Action action = lmtp ? Action::delivered : Action::relayed;
          settlement.notices.push_back(notice(action, verdict.status));
        }
        break;
      case Verdict::Step::fail:
        settlement.change.done.push_back(key);
        settlement.notices.push_back(notice(Action::failed, verdict.status));
        break;
      case Verdict::Step::retry:
        settlement.change.deferred.push_back(
            {.key = key,
             .next_try = verdict.next_try,
             .reply = outcome.text,
             .delay_told = recipient.delay_told || verdict.tell_delay});
        if (verdict.tell_delay) {
          settlement.notices.push_back(notice(Action::delayed, verdict.status));
          settlement.notices.back().status.will_retry_until = letter.expires;
        }
        break;
    }
  }
  return settlement;
}

}  // namespace tegu::queue
