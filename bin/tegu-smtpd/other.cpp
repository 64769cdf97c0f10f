// RSET, NOOP, QUIT, VRFY, EXPN and HELP (RFC 5321 4.1.1.5 to 4.1.1.10).
#include "session.h"

namespace tegu::smtpd {

io::Task<void> Session::rset(std::string_view arguments) {
  taken(wire::smtp::parse_nothing(arguments));
  transaction_.reset();
  co_await reply({250, "2.0.0", "OK"});
}

io::Task<void> Session::noop(std::string_view) {
  co_await reply({250, "2.0.0", "OK"});
}

io::Task<void> Session::quit(std::string_view arguments) {
  taken(wire::smtp::parse_nothing(arguments));
  transaction_.reset();
  close_with({221, "2.0.0", policy_->hostname + " Goodbye"});
  co_return;
}

// RFC 5321 7.3: never tell which addresses exist; RCPT does, at the price of errors.
io::Task<void> Session::vrfy(std::string_view arguments) {
  if (arguments.empty()) throw CommandError{{501, "5.5.4", "VRFY needs an address"}};
  co_await reply({252, "2.5.0", "Cannot verify, but will take letters and try"});
}

io::Task<void> Session::expn(std::string_view) {
  throw CommandError{{502, "5.5.1", "Lists are not shown"}};
  co_return;
}

io::Task<void> Session::help(std::string_view) {
  co_await reply({214, "2.0.0", "RFC 5321 tells the commands, tegu-smtpd(8) the rest"});
}

}  // namespace tegu::smtpd
