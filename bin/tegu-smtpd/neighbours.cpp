#include "neighbours.h"

#include <algorithm>

#include "base/text.h"
#include "net/peer/errors.h"

namespace tegu::smtpd {

using wire::peer::Failure;

io::Task<wire::peer::RcptAnswer> RouterSocket::rcpt(wire::peer::RcptRequest request,
                                                    io::Deadline deadline) {
  return router_.rcpt(std::move(request), deadline);
}

io::Task<std::optional<wire::peer::LoginAnswer>> RouterSocket::login(
    wire::peer::LoginRequest request, io::Deadline deadline) {
  try {
    co_return co_await router_.login(std::move(request), deadline);
  } catch (const net::peer::Refused& refused) {
    if (refused.failure() != Failure::refused) throw;
  }
  co_return std::nullopt;
}

io::Task<bool> RouterSocket::may_send_as(wire::peer::SenderRequest request, io::Deadline deadline) {
  return router_.may_send_as(std::move(request), deadline);
}

io::Task<std::optional<std::string>> QueueSocket::accept(wire::peer::AcceptRequest request,
                                                         net::peer::Enclosure letter,
                                                         io::Deadline deadline) {
  try {
    co_await queue_.accept(std::move(request), std::move(letter), deadline);
  } catch (const net::peer::Refused& refused) {
    if (refused.failure() != Failure::refused) throw;
    co_return refused.what();
  }
  co_return std::nullopt;
}

io::Task<std::string> DnsNames::name_of(io::Endpoint peer, io::Deadline deadline) {
  if (peer.is_loopback()) co_return "localhost";
  auto answer = co_await resolver_.ptr(peer, deadline);
  // One address with many names is no use, and an attacker's way to make us ask.
  size_t most = std::min<size_t>(answer.records.size(), 3);
  for (size_t i = 0; i < most; ++i) {
    if (co_await leads_to(answer.records[i], peer, deadline)) co_return answer.records[i];
  }
  co_return std::string();
}

io::Task<bool> DnsNames::leads_to(std::string name, io::Endpoint peer, io::Deadline deadline) {
  auto answer =
      peer.is_v6() ? co_await resolver_.aaaa(name, deadline) : co_await resolver_.a(name, deadline);
  co_return std::ranges::any_of(
      answer.records, [&](const io::Endpoint& address) { return address.bytes() == peer.bytes(); });
}

io::Task<std::unique_ptr<io::Stream>> CertificateTls::accept(std::unique_ptr<io::Stream> plain,
                                                             std::string service,
                                                             io::Deadline deadline) {
  auto context = runtime_.tls(service);
  if (!context) throw io::ConnectionLost("no certificate");
  return io::accept_tls(std::move(plain), std::move(*context), deadline);
}

}  // namespace tegu::smtpd
