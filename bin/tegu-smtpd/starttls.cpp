// STARTTLS (RFC 3207). The dispatcher has made sure that no plaintext waits behind the command;
// after the handshake nothing that was said before counts.
#include "base/log.h"
#include "session.h"

namespace tegu::smtpd {

io::Task<void> Session::starttls(std::string_view arguments) {
  taken(wire::smtp::parse_nothing(arguments));
  if (hop_.tls) throw CommandError{{503, "5.5.1", "TLS is active already"}};
  queue_reply({220, "2.0.0", "Ready to start TLS"});
  co_await flush();
  dead_ = true;  // until the handshake is over nothing can be said
  stream_ = co_await context_.tls.accept(std::move(stream_), service_.name,
                                         io::after(std::chrono::seconds(10)));
  dead_ = false;
  input_.reset(*stream_);
  framer_ = {};
  hop_.tls = stream_->tls();
  hop_.helo.clear();
  hop_.extended = false;
  // RFC 3207 4.2: the server must forget what the client said.
  greeted_ = false;
}

}  // namespace tegu::smtpd
