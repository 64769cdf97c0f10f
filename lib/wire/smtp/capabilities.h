// What a server announced in its reply to EHLO or LHLO (RFC 5321 4.1.1.1), for the client side.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/smtp/reply.h"

namespace tegu::wire::smtp {

struct Capabilities {
  bool pipelining = false;             // RFC 2920
  bool eight_bit_mime = false;         // RFC 6152
  bool smtputf8 = false;               // RFC 6531
  bool chunking = false;               // RFC 3030
  bool binary_mime = false;            // RFC 3030
  bool dsn = false;                    // RFC 3461
  bool enhanced_status_codes = false;  // RFC 2034
  bool starttls = false;               // RFC 3207
  bool size = false;                   // RFC 1870
  std::optional<uint64_t> size_limit;  // absent or 0 on the wire: none told
  std::vector<std::string> auth;       // mechanisms in upper case (RFC 4954)
  // LIMITS (RFC 9422): messages a connection, recipients a transaction, domains a transaction.
  std::optional<uint64_t> mail_max;
  std::optional<uint64_t> rcpt_max;
  std::optional<uint64_t> rcpt_domain_max;

  bool has_auth(std::string_view mechanism) const;
};

// The first line (greeting) is passed over; what we do not know, or cannot read, is ignored.
Capabilities parse_capabilities(const Reply& ehlo);

}  // namespace tegu::wire::smtp
