// The envelope of a letter on its way: what tegu-smtpd, tegu-davd and tegu-ctl hand to tegu-queue
// with the letter's bytes, and what the queue keeps. RFC 5321 2.3.1, RFC 3461 (DSN), RFC 6531.
// Values only: knows neither JSON nor database.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "wire/smtp/address.h"

namespace tegu::wire::smtp {

// RET (RFC 3461 4.3): how much of the letter a failure report returns.
enum class Ret { unset, full, headers };

// BODY (RFC 6152, RFC 3030).
enum class BodyType { seven_bit, eight_bit_mime, binary_mime };

// NOTIFY (RFC 3461 4.1). All false: not given, the usual (failure and delay). `never` excludes the
// others.
struct Notify {
  bool never = false;
  bool success = false;
  bool failure = false;
  bool delay = false;

  bool given() const { return never || success || failure || delay; }
  bool wants_success() const { return success; }
  bool wants_failure() const { return failure || !given(); }
  bool wants_delay() const { return delay || !given(); }
  bool operator==(const Notify&) const = default;
};

// ORCPT (RFC 3461 4.2): "rfc822" or "utf-8" (RFC 6533) and the address, xtext decoded.
struct OriginalRecipient {
  std::string type;
  std::string address;
  bool operator==(const OriginalRecipient&) const = default;
};

// Into a mailbox of this service.
struct LocalDelivery {
  base::AccountId account;
  bool operator==(const LocalDelivery&) const = default;
};

// Onward by SMTP or LMTP. next_hop is the router's text, opaque to smtpd; empty: the MX of the
// address's domain.
struct RelayDelivery {
  Address address;
  std::string next_hop;
  bool operator==(const RelayDelivery&) const = default;
};

using Delivery = std::variant<LocalDelivery, RelayDelivery>;

// One RCPT TO and where the router sends it; an alias or a group gives several deliveries.
struct Recipient {
  Address address;
  Notify notify;
  std::optional<OriginalRecipient> original;
  std::vector<Delivery> deliveries;
  bool operator==(const Recipient&) const = default;
};

struct Envelope {
  std::string id;        // the name of the letter in all logs (base::random_name(16))
  Address reverse_path;  // null for reports
  Ret ret = Ret::unset;
  std::string envid;  // xtext decoded; empty: not given
  bool smtputf8 = false;
  BodyType body = BodyType::eight_bit_mime;
  std::string login;  // who submitted it after AUTH; empty: a stranger, or this service itself
  std::vector<Recipient> recipients;
  bool operator==(const Envelope&) const = default;
};

}  // namespace tegu::wire::smtp
