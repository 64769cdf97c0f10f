#include "meters.h"

namespace tegu::queue {

Meters::Meters(base::Registry& r)
    : accepted(r.counter("tegu_queue_accepted_total", "Letters stored", {})),
      refused(r.counter("tegu_queue_refused_total", "Letters not stored", {})),
      accept_time(r.seconds("tegu_queue_accept_seconds", "From request to commit", {})),
      sent(r.counter("tegu_queue_attempts_total", "Recipients by outcome",
                     {{"outcome", "accepted"}})),
      deferred(r.counter("tegu_queue_attempts_total", "Recipients by outcome",
                         {{"outcome", "temporary"}})),
      failed(r.counter("tegu_queue_attempts_total", "Recipients by outcome",
                       {{"outcome", "permanent"}})),
      reports(r.counter("tegu_queue_reports_total", "Delivery reports written", {})),
      mailbox_copies(r.counter("tegu_queue_delivered_total", "Messages put into mailboxes", {})),
      leased(r.gauge("tegu_queue_leased_recipients", "Recipients that this node works on", {})),
      waiting(r.gauge("tegu_queue_recipients", "Recipients in the queue", {{"state", "ready"}})),
      held(r.gauge("tegu_queue_recipients", "Recipients in the queue", {{"state", "held"}})),
      due(r.gauge("tegu_queue_due_recipients", "Recipients whose time has come", {})),
      oldest(r.gauge("tegu_queue_oldest_seconds", "Age of the oldest letter in the queue", {})),
      swept(r.counter("tegu_queue_swept_total", "Unreferenced contents removed", {})) {}

void Meters::attempt(net::smtp::Outcome::Kind kind) {
  using Kind = net::smtp::Outcome::Kind;
  (kind == Kind::accepted ? sent : kind == Kind::permanent ? failed : deferred).add();
}

}  // namespace tegu::queue
