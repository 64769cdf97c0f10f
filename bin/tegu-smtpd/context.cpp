#include "context.h"

namespace tegu::smtpd {
namespace {

constexpr auto letters = "tegu_smtp_letters_total";
constexpr auto letters_help = "Letters by their final reply.";
constexpr auto recipients = "tegu_smtp_recipients_total";
constexpr auto recipients_help = "RCPT commands by their reply.";
constexpr auto logins = "tegu_smtp_logins_total";
constexpr auto logins_help = "AUTH commands by their result.";
constexpr auto connections_total = "tegu_smtp_connections_total";
constexpr auto connections_help = "Connections by whether they were let in.";

}  // namespace

Metrics::Metrics(base::Registry& registry)
    : connections(registry.counter(connections_total, connections_help, {{"result", "admitted"}})),
      refused_connections(
          registry.counter(connections_total, connections_help, {{"result", "refused"}})),
      sessions(registry.gauge("tegu_smtp_sessions", "Sessions that are open now.")),
      letters_accepted(registry.counter(letters, letters_help, {{"result", "accepted"}})),
      letters_refused(registry.counter(letters, letters_help, {{"result", "refused"}})),
      letters_deferred(registry.counter(letters, letters_help, {{"result", "deferred"}})),
      octets(registry.counter("tegu_smtp_octets_total", "Octets of accepted letters.")),
      recipients_accepted(registry.counter(recipients, recipients_help, {{"result", "accepted"}})),
      recipients_refused(registry.counter(recipients, recipients_help, {{"result", "refused"}})),
      recipients_deferred(registry.counter(recipients, recipients_help, {{"result", "deferred"}})),
      logins_right(registry.counter(logins, logins_help, {{"result", "right"}})),
      logins_wrong(registry.counter(logins, logins_help, {{"result", "wrong"}})),
      logins_unknown(registry.counter(logins, logins_help, {{"result", "unknown"}})),
      commit_seconds(registry.seconds("tegu_smtp_commit_seconds",
                                      "From the end of a letter to the queue's answer.")) {}

}  // namespace tegu::smtpd
