#include "trace_headers.h"

#include "base/ids.h"

namespace tegu::smtpd {
namespace {

// RFC 5321 4.1.3
std::string literal(const io::Endpoint& peer) {
  return (peer.is_v6() ? "[IPv6:" : "[") + peer.address() + "]";
}

}  // namespace

std::string with_protocol(const Hop& hop, bool smtputf8) {
  std::string name = hop.lmtp ? "LMTP" : "SMTP";
  if (smtputf8) {
    name = "UTF8" + name;
  } else if (!hop.lmtp && hop.extended) {
    name = "E" + name;
  }
  // RFC 3848 names the marks only for extended protocols.
  if (name == "SMTP") return name;
  if (hop.tls) name += 'S';
  if (hop.authenticated) name += 'A';
  return name;
}

std::string received_field(const Hop& hop, const wire::smtp::Envelope& envelope,
                           std::string_view hostname, base::WallTime now) {
  std::string field = "Received: from " + hop.helo;
  if (hop.peer) {
    std::string name = hop.client_name.empty() ? "unknown" : hop.client_name;
    field += " (" + name + " " + literal(hop.peer) + ")";
  } else {
    field += " (local)";
  }
  field += "\r\n";
  if (hop.tls) {
    field += "\t(using " + hop.tls.version + " with cipher " + hop.tls.cipher + " (" +
             std::to_string(hop.tls.bits) + " bits))\r\n";
  }
  field += "\tby " + std::string(hostname) + " (Tegu) with " +
           with_protocol(hop, envelope.smtputf8) + " id " + envelope.id;
  if (envelope.recipients.size() == 1)
    field += "\r\n\tfor <" + wire::smtp::format(envelope.recipients.front().address) + ">";
  return field + ";\r\n\t" + base::rfc5322_date(now) + "\r\n";
}

std::string date_field(base::WallTime now) {
  return "Date: " + base::rfc5322_date(now) + "\r\n";
}

std::string message_id_field(std::string_view hostname, base::WallTime now) {
  return "Message-ID: <" + std::to_string(now.time_since_epoch().count()) + "." +
         base::random_name(16) + "@" + std::string(hostname) + ">\r\n";
}

}  // namespace tegu::smtpd
