// A session with a next hop, as client: SMTP (RFC 5321) or LMTP (RFC 2033) with STARTTLS (3207),
// PIPELINING (2920), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531), DSN (3461), BINARYMIME and
// CHUNKING (3030), LIMITS (9422). Knows no DNS, no queue, no schedule: who calls it has connected
// and decides what follows from an outcome. The peer is hostile: its replies have limits, and each
// stage a deadline (RFC 5321 4.5.3.2).
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/stream.h"
#include "net/smtp/letter.h"
#include "net/smtp/outcome.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/reply.h"

namespace tegu::net::smtp {

struct Timeouts {
  std::chrono::seconds greeting{300};
  std::chrono::seconds command{300};  // EHLO, MAIL, RCPT, RSET
  std::chrono::seconds tls{60};
  std::chrono::seconds data_start{120};
  std::chrono::seconds data_block{180};  // a piece of at most 64 KiB
  std::chrono::seconds data_end{600};
  std::chrono::seconds quit{5};
};

enum class TlsPolicy { never, opportunistic, required };

// Turns a plain stream into a TLS stream: (stream, server name, deadline).
using StartTls = std::function<io::Task<std::unique_ptr<io::Stream>>(std::unique_ptr<io::Stream>,
                                                                     std::string, io::Deadline)>;

struct Options {
  std::string host_name;    // ours, for EHLO
  std::string server_name;  // the peer's, for TLS
  bool lmtp = false;
  TlsPolicy tls = TlsPolicy::opportunistic;
  StartTls start_tls;  // empty: no TLS
  Timeouts timeouts;
};

// The handshake after STARTTLS failed; the connection is gone. With opportunistic TLS the caller
// may connect again with TlsPolicy::never.
class TlsFailed : public base::Error {
 public:
  using Error::Error;
};

class Client {
 public:
  // The most recipients of one transaction (RFC 5321 4.5.3.1.8 grants 100).
  static constexpr size_t most_recipients = 100;

  Client(std::unique_ptr<io::Stream> stream, Options options);

  // Greeting, EHLO (HELO where the peer does not know it), STARTTLS, EHLO. Gives the
  // peer's refusal, nothing when all is well. Throws TimedOut, ConnectionLost, TlsFailed.
  io::Task<std::optional<Outcome>> start();

  // One transaction after start(): an outcome for each receiver, in their order. A connection lost
  // midway shows as temporary outcomes of those the peer has not answered for, and usable() is then
  // false. At most recipient_limit() receivers; `letter` and `source` live until the end.
  io::Task<std::vector<Outcome>> send(const Letter& letter, Source& source);

  // QUIT, without waiting long. Never throws but Cancelled.
  io::Task<void> quit();

  // Of the last letter a part was sent: what became of it may be unknown when the session broke.
  bool body_begun() const { return body_begun_; }
  // Another letter may be sent.
  bool usable() const;
  size_t recipient_limit() const;
  const wire::smtp::Capabilities& peer() const { return peer_; }
  io::TlsFacts tls() const { return stream_ ? stream_->tls() : io::TlsFacts(); }

 private:
  using Reply = wire::smtp::Reply;
  using Outcomes = std::span<Outcome>;

  io::Task<void> say(std::string_view bytes, std::chrono::seconds limit);
  io::Task<Reply> reply(std::chrono::seconds limit);
  io::Task<Reply> ask(std::string command, std::chrono::seconds limit);
  io::Task<std::optional<Outcome>> hello();
  io::Task<std::optional<Outcome>> secure();

  std::optional<Outcome> refuse_locally(const Letter& letter) const;
  io::Task<void> transact(const Letter& letter, Source& source, Outcomes outcomes);
  io::Task<Reply> mail_and_rcpt(const Letter& letter, bool with_data, Outcomes outcomes);
  io::Task<void> data(Reply started, Source& source, Outcomes outcomes);
  io::Task<void> stream_data(Source& source);
  io::Task<void> bdat(const Letter& letter, Source& source, Outcomes outcomes);
  io::Task<void> final_replies(std::string_view command, Outcomes outcomes);
  void lose(Outcomes outcomes, std::string_view status, std::string_view why);

  std::unique_ptr<io::Stream> stream_;
  Options options_;
  wire::smtp::Capabilities peer_;
  wire::smtp::ReplyReader reader_;
  std::string inbox_;       // received, not yet read as replies
  std::string_view stage_;  // what we wait for, for error texts
  bool broken_ = false;     // no further command makes sense
  bool body_begun_ = false;
  bool needs_reset_ = false;   // a transaction was left in the middle
  uint64_t transactions_ = 0;  // for LIMITS MAILMAX
};

}  // namespace tegu::net::smtp
