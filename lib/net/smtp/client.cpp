// The session: words and replies, greeting, EHLO, STARTTLS, QUIT. The transaction is in
// transaction.cpp.
#include "net/smtp/client.h"

#include <algorithm>
#include <array>

#include "io/error.h"

namespace tegu::net::smtp {

using wire::smtp::ReplyReader;

Client::Client(std::unique_ptr<io::Stream> stream, Options options)
    : stream_(std::move(stream)), options_(std::move(options)) {}

bool Client::usable() const {
  return !broken_ && (!peer_.mail_max || transactions_ < *peer_.mail_max);
}

size_t Client::recipient_limit() const {
  return std::clamp<uint64_t>(peer_.rcpt_max.value_or(most_recipients), 1, most_recipients);
}

io::Task<void> Client::say(std::string_view bytes, std::chrono::seconds limit) {
  co_await stream_->write_all(bytes, io::after(limit));
}

io::Task<wire::smtp::Reply> Client::reply(std::chrono::seconds limit) {
  io::Deadline deadline = io::after(limit);
  std::array<char, 4096> buffer;
  while (true) {
    auto step = reader_.feed(inbox_);
    inbox_.erase(0, step.consumed);
    if (step.status == ReplyReader::Status::reply) break;
    if (step.status != ReplyReader::Status::need_more) {
      throw io::ConnectionLost(step.status == ReplyReader::Status::too_long
                                   ? "the reply is over the limits"
                                   : "the reply is not SMTP");
    }
    size_t got = co_await stream_->read_some(buffer, deadline);
    if (got == 0) throw io::ConnectionLost("the peer closed the connection");
    inbox_.append(buffer.data(), got);
  }
  // RFC 5321 3.8: 421 may come at any time, and the connection ends.
  if (reader_.reply().code == 421) broken_ = true;
  co_return reader_.reply();
}

io::Task<wire::smtp::Reply> Client::ask(std::string command, std::chrono::seconds limit) {
  co_await say(command, limit);
  co_return co_await reply(limit);
}

io::Task<std::optional<Outcome>> Client::start() {
  stage_ = "greeting";
  Reply greeting = co_await reply(options_.timeouts.greeting);
  if (greeting.code != 220) {
    broken_ = true;
    co_return outcome_of(greeting, "connection");
  }
  auto refused = co_await hello();
  if (refused) co_return refused;
  co_return co_await secure();
}

io::Task<std::optional<Outcome>> Client::hello() {
  std::string_view verb = options_.lmtp ? "LHLO" : "EHLO";
  stage_ = verb;
  peer_ = {};
  Reply answer = co_await ask(std::string(verb) + " " + options_.host_name + "\r\n",
                              options_.timeouts.command);
  if (answer.positive()) {
    peer_ = wire::smtp::parse_capabilities(answer);
    co_return std::nullopt;
  }
  // RFC 5321 3.2: a server without extensions. Not after TLS, where it had announced STARTTLS.
  if (answer.permanent() && !options_.lmtp && !stream_->tls()) {
    stage_ = verb = "HELO";
    answer = co_await ask("HELO " + options_.host_name + "\r\n", options_.timeouts.command);
    if (answer.positive()) co_return std::nullopt;
  }
  broken_ = true;
  co_return outcome_of(answer, verb);
}

static io::Task<std::unique_ptr<io::Stream>> handshake(const StartTls& start_tls,
                                                       std::unique_ptr<io::Stream> plain,
                                                       std::string name, io::Deadline deadline) {
  try {
    co_return co_await start_tls(std::move(plain), std::move(name), deadline);
  } catch (const base::Error& error) {
    throw TlsFailed(std::string("TLS handshake: ") + error.what());
  }
}

io::Task<std::optional<Outcome>> Client::secure() {
  bool required = options_.tls == TlsPolicy::required;
  if (options_.tls == TlsPolicy::never || stream_->tls()) co_return std::nullopt;
  if (!peer_.starttls || !options_.start_tls) {
    if (!required) co_return std::nullopt;
    broken_ = true;
    co_return own_outcome("4.7.4", "TLS is required, the server offers none");
  }
  stage_ = "STARTTLS";
  Reply answer = co_await ask("STARTTLS\r\n", options_.timeouts.command);
  if (answer.code != 220) {
    if (!required && !broken_) co_return std::nullopt;
    broken_ = true;
    co_return outcome_of(answer, "STARTTLS");
  }
  // What came in plain text behind the reply could be taken for the server's words under TLS.
  if (!inbox_.empty()) throw io::ConnectionLost("plain text after the reply to STARTTLS");
  stream_ = co_await handshake(options_.start_tls, std::move(stream_), options_.server_name,
                               io::after(options_.timeouts.tls));
  // RFC 3207 4.2: all that was learned before is discarded.
  co_return co_await hello();
}

io::Task<void> Client::quit() {
  if (!stream_) co_return;
  if (!broken_) {
    broken_ = true;
    try {
      co_await ask("QUIT\r\n", options_.timeouts.quit);
    } catch (const base::Error&) {
      // The session is over in any case.
    }
  }
  co_await stream_->close();
}

}  // namespace tegu::net::smtp
