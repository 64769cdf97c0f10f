// STARTTLS, LOGIN and AUTHENTICATE (RFC 9051 6.2, RFC 4616, RFC 4959). Whether a password is right
// is the router's to say.
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "wire/sasl/mechanism.h"

namespace tegu::imapd {

using namespace wire::imap;
using wire::sasl::Challenge;
using wire::sasl::Credentials;
using wire::sasl::Malformed;

namespace {

void need_privacy(Session& session) {
  if (session.may_log_in()) return;
  // RFC 5530 3: PRIVACYREQUIRED.
  refuse(Code::privacy_required, "Passwords are taken only under TLS: use STARTTLS");
}

io::Task<Reply> log_in(Session& session, Credentials credentials) {
  // RFC 4616 2: acting for another is not offered.
  if (!credentials.authorization.empty() && credentials.authorization != credentials.login)
    refuse(Code::authorization_failed, "You cannot act as another user");
  std::optional<Principal> principal;
  if (!credentials.login.empty() && !credentials.secret.empty())
    principal = co_await session.services().world.login(
        {credentials.login, credentials.secret, session.peer()});
  if (!principal) {
    session.services().metrics.logins_failed.add();
    base::log::info(
        "imap.login_refused",
        {{"session", session.id()}, {"login", credentials.login}, {"peer", session.peer()}});
    co_await session.slow_down();
    refuse(Code::authentication_failed, "Login or password is wrong");
  }
  session.log_in(std::move(*principal));
  session.services().metrics.logins_ok.add();
  co_return Reply{"Logged in", "CAPABILITY " + session.capabilities()};
}

// One line of the client in answer to a challenge, decoded.
io::Task<std::string> ask(Session& session, std::string challenge) {
  session.out() += "+ " + base::base64_encode(challenge) + "\r\n";
  session.line().framer().expect_line();
  auto frame = co_await session.line().next(session.login_deadline());
  if (!frame) throw io::ConnectionLost("the client left in the middle of AUTHENTICATE");
  auto* line = std::get_if<LineText>(&*frame);
  if (line == nullptr) refuse_bad("Wants a line of base64");
  // RFC 9051 6.2.2.
  if (line->text == "*") refuse_bad("Cancelled");
  auto answer = base::base64_decode(line->text);
  if (!answer) refuse_bad("Answer is not base64");
  co_return std::move(*answer);
}

}  // namespace

ReplyTask handle(Session& session, const StartTls&) {
  if (session.tls()) refuse_bad("TLS is on already");
  if (!session.services().world.offers_tls()) refuse_bad("TLS is not set up here");
  // The OK goes out in plaintext, whatever came after the command is forgotten (RFC 9051 6.2.1),
  // and only then the handshake begins.
  write_status(session.out(), session.tag(), Condition::ok, Code::none, "Begin TLS now");
  co_await session.line().flush();
  auto plain = session.line().release_stream();
  session.line().resume(co_await session.services().world.start_tls(std::move(plain)));
  session.mute_reply();
  co_return Reply{};
}

ReplyTask handle(Session& session, const Login& command) {
  need_privacy(session);
  co_return co_await log_in(session, Credentials("", command.user, command.password));
}

ReplyTask handle(Session& session, const Authenticate& command) {
  need_privacy(session);
  auto mechanism = wire::sasl::make_server(command.mechanism);
  if (!mechanism) refuse(Code::cannot, "That mechanism is not offered");
  std::optional<std::string_view> initial;
  if (command.initial) initial = *command.initial;
  wire::sasl::ServerStep step = mechanism->start(initial);
  while (auto* challenge = std::get_if<Challenge>(&step)) {
    std::string answer = co_await ask(session, challenge->text);
    step = mechanism->next(answer);
    base::wipe(answer);
  }
  if (auto* malformed = std::get_if<Malformed>(&step)) refuse_bad(std::string(malformed->why));
  co_return co_await log_in(session, std::move(std::get<Credentials>(step)));
}

}  // namespace tegu::imapd
