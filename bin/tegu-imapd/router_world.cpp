#include "router_world.h"

#include "base/text.h"
#include "io/error.h"
#include "io/tls.h"

namespace tegu::imapd {

io::Task<std::optional<Principal>> RouterWorld::login(LoginAttempt attempt) {
  std::string trouble;
  try {
    auto answer = co_await router_.login({.login = attempt.login,
                                          .password = std::move(attempt.password),
                                          .peer = attempt.peer,
                                          .service = "imap"},
                                         io::after(std::chrono::seconds(30)));
    co_return Principal{answer.account, answer.address};
  } catch (const net::peer::Refused& refused) {
    if (refused.failure() == wire::peer::Failure::refused) co_return std::nullopt;
    trouble = refused.what();
  } catch (const base::Error& error) {
    trouble = error.what();
  }
  // Whatever it was, it is not the client's connection that is broken.
  throw base::Error("router: " + trouble);
}

io::Task<std::unique_ptr<io::Stream>> RouterWorld::start_tls(std::unique_ptr<io::Stream> plain) {
  auto context = runtime_.tls("imap");
  if (!context) throw io::ConnectionLost("there is no certificate any more");
  co_return co_await io::accept_tls(std::move(plain), *context,
                                    io::after(runtime_.settings().duration("imap.login_timeout")));
}

}  // namespace tegu::imapd
