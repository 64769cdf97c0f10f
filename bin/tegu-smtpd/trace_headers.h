// The header fields that smtpd adds: Received (RFC 5321 4.4) in front of every letter; Date and
// Message-ID where a submitting client left them out (RFC 6409 8.1).
#pragma once
#include <string>

#include "base/time.h"
#include "io/endpoint.h"
#include "io/stream.h"
#include "wire/smtp/envelope.h"

namespace tegu::smtpd {

// Who sent it and how, for the Received field.
struct Hop {
  std::string helo;         // Address::domain's form
  std::string client_name;  // verified reverse name; empty: unknown
  io::Endpoint peer;
  io::TlsFacts tls;
  bool lmtp = false;
  bool extended = false;  // EHLO
  bool authenticated = false;
};

// "ESMTPSA", "UTF8SMTP" ... (RFC 3848, RFC 6531 4.3).
std::string with_protocol(const Hop& hop, bool smtputf8);

// The field, folded, with CRLF. Names the recipient only when there is just one, so that blind
// copies stay blind.
std::string received_field(const Hop& hop, const wire::smtp::Envelope& envelope,
                           std::string_view hostname, base::WallTime now);

std::string date_field(base::WallTime now);
std::string message_id_field(std::string_view hostname, base::WallTime now);

}  // namespace tegu::smtpd
