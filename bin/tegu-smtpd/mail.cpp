// MAIL FROM (RFC 5321 4.1.1.2): begins a letter. On submission the sender must be the user's own.
#include "base/log.h"
#include "session.h"

namespace tegu::smtpd {

using wire::smtp::Reply;

io::Task<void> Session::mail(std::string_view arguments) {
  if (letters_ >= policy_->messages) {
    close_with({421, "4.7.0", policy_->hostname + " Enough letters for one session"});
    co_return;
  }
  auto given = taken(wire::smtp::parse_mail(arguments));
  // RFC 1870 6.1
  uint64_t size = given.size.value_or(0);
  if (size > policy_->message_size)
    throw CommandError{
        {552, "5.3.4",
         "The letter is larger than " + std::to_string(policy_->message_size) + " octets"}};
  if (size > policy_->spool_memory && !has_room(context_.spool_folder, 2 * size))
    throw CommandError{{452, "4.3.1", "No room for the letter now"}};
  if (is_submission() && policy_->check_sender) co_await check_sender(given.reverse_path);
  transaction_ = std::make_unique<Transaction>(*policy_, context_.spool_folder, std::move(given));
  transaction_->envelope().login = login_;
  co_await reply({250, "2.1.0", "Sender OK"});
}

// RFC 6409 6.1. Reports (read receipts) have the null path.
io::Task<void> Session::check_sender(const wire::smtp::Address& sender) {
  if (sender.is_null()) co_return;
  std::optional<bool> allowed;
  try {
    allowed = co_await context_.router.may_send_as({.account = account_, .address = sender},
                                                   io::after(std::chrono::seconds(10)));
  } catch (const base::Error& error) {
    base::log::warn("smtp.router_failed", {{"session", id_}, {"error", error.what()}});
  }
  if (!allowed) throw CommandError{{451, "4.3.0", "Cannot check the sender now"}};
  if (*allowed) co_return;
  base::log::info("smtp.sender_refused", {{"session", id_},
                                          {"peer", hop_.peer.address()},
                                          {"login", login_},
                                          {"from", format(sender)}});
  throw CommandError{{553, "5.7.1", "This sender address is not yours"}};
}

}  // namespace tegu::smtpd
