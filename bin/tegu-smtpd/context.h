// What all sessions of one loop share.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "io/stream.h"
#include "outside.h"
#include "policy.h"

namespace tegu::smtpd {

// The listeners' kinds: MX takes letters from strangers for this service; submission takes them
// from its users for everybody; LMTP takes them from local programs for this service.
enum class Kind { mx, submission, lmtp };

struct Service {
  Kind kind = Kind::mx;
  bool implicit_tls = false;
  std::string name = "smtp";  // as tegu.conf has it: smtp, submission, submissions, lmtp
};

// Makes TLS of a connection, as the server.
class TlsUpgrade {
 public:
  virtual ~TlsUpgrade() = default;
  // This node has a certificate.
  virtual bool available() = 0;
  // Sessions are resumed only within the service. Throws io::ConnectionLost, io::TimedOut.
  virtual io::Task<std::unique_ptr<io::Stream>> accept(std::unique_ptr<io::Stream> plain,
                                                       std::string service,
                                                       io::Deadline deadline) = 0;
};

struct Metrics {
  explicit Metrics(base::Registry& registry);
  base::Counter connections, refused_connections;
  base::Gauge sessions;
  base::Counter letters_accepted, letters_refused, letters_deferred;
  base::Counter octets;
  base::Counter recipients_accepted, recipients_refused, recipients_deferred;
  base::Counter logins_right, logins_wrong, logins_unknown;
  base::Histogram commit_seconds;
};

struct Context {
  // Owned by every session that began under it, and by whoever replaces it when settings change.
  std::function<std::shared_ptr<const Policy>()> policy;
  Router& router;
  Queue& queue;
  Names* names;  // null: no reverse look-ups
  TlsUpgrade& tls;
  Metrics& metrics;
  std::string spool_folder;
};

}  // namespace tegu::smtpd
