// What the queue counts for Prometheus.
#pragma once
#include "base/metrics.h"
#include "net/smtp/outcome.h"

namespace tegu::queue {

struct Meters {
  explicit Meters(base::Registry& registry);
  void attempt(net::smtp::Outcome::Kind kind);

  base::Counter accepted, refused;       // letters handed in
  base::Histogram accept_time;           // from the request to its commit
  base::Counter sent, deferred, failed;  // recipients
  base::Counter reports;                 // letters of ours
  base::Counter mailbox_copies;          // messages put into mailboxes
  base::Gauge leased;                    // recipients worked on
  base::Gauge waiting, held, due;        // recipients in the queue, of all nodes
  base::Gauge oldest;                    // age of the oldest letter, seconds
  base::Counter swept;                   // contents that nothing named any more
};

}  // namespace tegu::queue
