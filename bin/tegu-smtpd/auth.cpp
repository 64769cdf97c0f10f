// AUTH (RFC 4954): only on submission, only under TLS, once. The router knows whether the password
// is right.
#include "base/log.h"
#include "base/text.h"
#include "session.h"

namespace tegu::smtpd {

using wire::sasl::Challenge;
using wire::sasl::Credentials;
using wire::sasl::Malformed;
using wire::smtp::Reply;

io::Task<void> Session::auth(std::string_view arguments) {
  if (!hop_.tls) throw CommandError{{530, "5.7.0", "Must issue a STARTTLS command first"}};
  if (!login_.empty()) throw CommandError{{503, "5.5.1", "You are logged in already"}};
  auto given = taken(wire::smtp::parse_auth(arguments));
  auto credentials = co_await exchange(std::move(given));
  if (credentials) co_await log_in(std::move(*credentials));
}

// Nothing when the connection ended meanwhile.
io::Task<std::optional<Credentials>> Session::exchange(wire::smtp::AuthArguments arguments) {
  auto mechanism = wire::sasl::make_server(arguments.mechanism);
  if (!mechanism) throw CommandError{{504, "5.5.4", "Mechanism not known"}};
  auto step = mechanism->start(arguments.initial);
  if (arguments.initial) base::wipe(*arguments.initial);
  while (const auto* challenge = std::get_if<Challenge>(&step)) {
    queue_reply({334, "", base::base64_encode(challenge->text)});
    auto line = co_await read_line(wire::smtp::max_auth_line);
    if (!line) co_return std::nullopt;
    // RFC 4954 4: "*" cancels.
    if (*line == "*") throw CommandError{{501, "5.7.0", "Authentication cancelled"}};
    auto response = base::base64_decode(*line);
    base::wipe(*line);
    if (!response) throw CommandError{{501, "5.5.2", "Cannot decode the response"}};
    step = mechanism->next(*response);
    base::wipe(*response);
  }
  if (const auto* malformed = std::get_if<Malformed>(&step)) {
    co_await refuse_login("", malformed->why);
    co_return std::nullopt;
  }
  co_return std::move(std::get<Credentials>(step));
}

io::Task<void> Session::log_in(Credentials credentials) {
  if (!credentials.authorization.empty() && credentials.authorization != credentials.login) {
    co_await refuse_login(credentials.login, "acting for another user");
    co_return;
  }
  std::optional<wire::peer::LoginAnswer> answer;
  bool known = true;
  try {
    answer = co_await context_.router.login({.login = credentials.login,
                                             .password = credentials.secret,
                                             .peer = hop_.peer.address(),
                                             .service = service_.name},
                                            io::after(std::chrono::seconds(30)));
  } catch (const base::Error& error) {
    known = false;
    base::log::warn("smtp.router_failed", {{"session", id_}, {"error", error.what()}});
  }
  if (!known) {
    context_.metrics.logins_unknown.add();
    throw CommandError{{454, "4.7.0", "Temporary authentication failure"}};
  }
  if (!answer) {
    co_await refuse_login(credentials.login, "wrong login or password");
    co_return;
  }
  account_ = answer->account;
  login_ = answer->address.empty() ? credentials.login : answer->address;
  hop_.authenticated = true;
  context_.metrics.logins_right.add();
  base::log::info("smtp.login",
                  {{"session", id_}, {"peer", hop_.peer.address()}, {"login", login_}});
  co_await reply({235, "2.7.0", "Authentication successful"});
}

io::Task<void> Session::refuse_login(std::string_view login, std::string_view why) {
  context_.metrics.logins_wrong.add();
  base::log::info(
      "smtp.login_failed",
      {{"session", id_}, {"peer", hop_.peer.address()}, {"login", login}, {"why", why}});
  // 2, 4, 8 seconds: guessing costs time, a slip of the finger little.
  co_await flush();
  co_await io::sleep_for(policy_->auth_delay * (1 << std::min(auth_failures_, 4)));
  if (++auth_failures_ >= policy_->auth_failures) {
    close_with({421, "4.7.0", policy_->hostname + " Error: too many failed logins"});
    co_return;
  }
  co_await reply({535, "5.7.8", "Wrong login or password"});
}

}  // namespace tegu::smtpd
