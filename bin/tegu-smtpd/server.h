// Server: what runs on each loop of tegu-smtpd: listeners, sessions, the connections to the other
// daemons, and the orderly end.
#pragma once
#include <list>
#include <memory>

#include "admission.h"
#include "context.h"
#include "daemon/runtime.h"
#include "io/scope.h"
#include "io/seldom.h"
#include "neighbours.h"
#include "net/dns/unbound.h"
#include "session.h"

namespace tegu::smtpd {

class Server {
 public:
  // Both must outlive it; the Admission is shared with the other loops.
  Server(daemon::Runtime& runtime, Admission& admission);
  // Until draining is set and the sessions have ended.
  io::Task<void> run();

 private:
  struct Live;
  io::Task<void> serve(io::Scope& background);
  io::Task<void> accept_until_drained();
  io::Task<void> keep_doors_open(io::Scope& doors);
  void admit(base::Fd fd, io::Endpoint peer, const Service& service);
  io::Task<void> connection(base::Fd fd, io::Endpoint peer, Service service,
                            Admission::Place place);
  io::Task<void> hold_session(base::Fd fd, io::Endpoint peer, Service service);
  static io::Task<void> converse(Live& live);
  void drain();
  std::shared_ptr<const Policy> fresh_policy();
  std::vector<daemon::Session> list_sessions() const;

  daemon::Runtime& runtime_;
  Admission& admission_;
  Metrics metrics_;
  net::peer::Router router_;
  net::peer::Queue queue_;
  net::dns::UnboundResolver resolver_;
  RouterSocket router_socket_;
  QueueSocket queue_socket_;
  DnsNames names_;
  CertificateTls tls_;
  std::shared_ptr<const Policy> policy_;  // the sessions that began under it own it too
  io::Deadline policy_until_{};
  io::Seldom refusals_;
  Context context_;
  io::Scope sessions_;
  std::list<Live*> live_;  // each lives in its connection's frame
};

// For daemon::Declaration::serve.
io::Task<void> serve(daemon::Runtime& runtime, Admission& admission);

}  // namespace tegu::smtpd
