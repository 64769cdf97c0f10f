// The real Router, Queue, Names and TlsUpgrade of a loop (outside.h, context.h).
#pragma once
#include <string>

#include "context.h"
#include "daemon/runtime.h"
#include "net/dns/resolver.h"
#include "net/peer/queue.h"
#include "net/peer/router.h"
#include "outside.h"

namespace tegu::smtpd {

class RouterSocket : public Router {
 public:
  explicit RouterSocket(net::peer::Router& router) : router_(router) {}
  io::Task<wire::peer::RcptAnswer> rcpt(wire::peer::RcptRequest request,
                                        io::Deadline deadline) override;
  io::Task<std::optional<wire::peer::LoginAnswer>> login(wire::peer::LoginRequest request,
                                                         io::Deadline deadline) override;
  io::Task<bool> may_send_as(wire::peer::SenderRequest request, io::Deadline deadline) override;

 private:
  net::peer::Router& router_;
};

class QueueSocket : public Queue {
 public:
  explicit QueueSocket(net::peer::Queue& queue) : queue_(queue) {}
  io::Task<std::optional<std::string>> accept(wire::peer::AcceptRequest request,
                                              net::peer::Enclosure letter,
                                              io::Deadline deadline) override;

 private:
  net::peer::Queue& queue_;
};

class DnsNames : public Names {
 public:
  explicit DnsNames(net::dns::Resolver& resolver) : resolver_(resolver) {}
  io::Task<std::string> name_of(io::Endpoint peer, io::Deadline deadline) override;

 private:
  io::Task<bool> leads_to(std::string name, io::Endpoint peer, io::Deadline deadline);
  net::dns::Resolver& resolver_;
};

class CertificateTls : public TlsUpgrade {
 public:
  explicit CertificateTls(daemon::Runtime& runtime) : runtime_(runtime) {}
  bool available() override { return runtime_.tls("smtp").has_value(); }
  io::Task<std::unique_ptr<io::Stream>> accept(std::unique_ptr<io::Stream> plain,
                                               std::string service, io::Deadline deadline) override;

 private:
  daemon::Runtime& runtime_;
};

}  // namespace tegu::smtpd
