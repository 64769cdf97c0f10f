// HELO, EHLO and LHLO (RFC 5321 4.1.1.1, RFC 2033 4.1).
#include "session.h"

namespace tegu::smtpd {

io::Task<void> Session::helo(std::string_view arguments) {
  return greet_client(arguments, false);
}

io::Task<void> Session::ehlo(std::string_view arguments) {
  return greet_client(arguments, true);
}

io::Task<void> Session::greet_client(std::string_view arguments, bool extended) {
  std::string name = taken(wire::smtp::parse_greeting(arguments));
  // RFC 5321 4.1.4: a hello inside a transaction is a RSET.
  transaction_.reset();
  hop_.helo = std::move(name);
  hop_.extended = extended;
  greeted_ = true;
  std::string text = policy_->hostname;
  if (extended) text += extensions();
  co_await reply({250, "", std::move(text)});
}

std::string Session::extensions() const {
  std::string list = "\nPIPELINING\nSIZE " + std::to_string(policy_->message_size) +
                     "\n8BITMIME\nSMTPUTF8\nCHUNKING\nBINARYMIME\nDSN\nENHANCEDSTATUSCODES";
  bool encrypted = static_cast<bool>(hop_.tls);
  if (!encrypted && context_.tls.available() && !is_lmtp()) list += "\nSTARTTLS";
  // RFC 4954 4: no AUTH where the password would be in the clear.
  if (is_submission() && encrypted && login_.empty()) {
    list += "\nAUTH";
    for (std::string_view mechanism : wire::sasl::server_mechanisms())
      list += " " + std::string(mechanism);
  }
  // RFC 9422
  list += "\nLIMITS MAILMAX=" + std::to_string(policy_->messages) +
          " RCPTMAX=" + std::to_string(policy_->recipients);
  return list;
}

}  // namespace tegu::smtpd
