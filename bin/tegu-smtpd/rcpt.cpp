// RCPT TO (RFC 5321 4.1.1.3): the router says whose address it is. Strangers reach only this
// service's recipients; everybody else is relaying.
#include "base/log.h"
#include "session.h"

namespace tegu::smtpd {

using wire::peer::RcptStatus;
using wire::smtp::Reply;

io::Task<void> Session::rcpt(std::string_view arguments) {
  auto given = taken(wire::smtp::parse_rcpt(arguments, transaction_->envelope().smtputf8));
  // RFC 5321 4.5.3.1.10: 452, so that the client sends the rest in another letter.
  if (transaction_->accepted() >= policy_->recipients)
    throw CommandError{{452, "4.5.3", "Too many recipients"}};
  auto answer = co_await ask_recipient(given.address);
  std::string shown = format(given.address);
  Reply verdict = take_recipient(std::move(given), std::move(answer));
  if (verdict.positive()) {
    context_.metrics.recipients_accepted.add();
  } else {
    (verdict.permanent() ? context_.metrics.recipients_refused
                         : context_.metrics.recipients_deferred)
        .add();
    base::log::info("smtp.recipient_refused",
                    {{"id", transaction_->envelope().id},
                     {"session", id_},
                     {"peer", hop_.peer.address()},
                     {"from", format(transaction_->envelope().reverse_path)},
                     {"to", shown},
                     {"reply", verdict.line()}});
  }
  co_await reply(std::move(verdict));
}

io::Task<wire::peer::RcptAnswer> Session::ask_recipient(const wire::smtp::Address& address) {
  std::optional<wire::peer::RcptAnswer> answer;
  try {
    answer = co_await context_.router.rcpt(
        {.address = address,
         .smtputf8 = transaction_->envelope().smtputf8,
         .account = account_,
         .trusted = !is_lmtp() && contains(policy_->relay_networks, hop_.peer)},
        io::after(std::chrono::seconds(10)));
  } catch (const base::Error& error) {
    base::log::warn("smtp.router_failed", {{"session", id_}, {"error", error.what()}});
  }
  if (!answer) {
    context_.metrics.recipients_deferred.add();
    throw CommandError{{451, "4.3.0", "Cannot look up the recipient now"}};
  }
  co_return std::move(*answer);
}

Reply Session::take_recipient(wire::smtp::RcptArguments recipient, wire::peer::RcptAnswer answer) {
  switch (answer.status) {
    case RcptStatus::unknown:
      return {550, "5.1.1", "No such recipient here"};
    case RcptStatus::relay_denied:
      return {550, "5.7.1", "Relaying denied"};
    case RcptStatus::over_quota:
      return {452, "4.2.2", "The mailbox is full"};
    case RcptStatus::local:
    case RcptStatus::relay:
      break;
  }
  if (answer.deliveries.empty()) return {451, "4.3.5", "The recipient leads nowhere now"};
  transaction_->add({.address = std::move(recipient.address),
                     .notify = recipient.notify,
                     .original = std::move(recipient.original),
                     .deliveries = std::move(answer.deliveries)});
  return {250, "2.1.5", "Recipient OK"};
}

}  // namespace tegu::smtpd
