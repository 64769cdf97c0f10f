// What one envelope asks for: mailboxes to put the letter into, recipients to keep in the queue,
// and what the sender is told at once (NOTIFY=SUCCESS).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/dsn/report.h"
#include "wire/smtp/envelope.h"

namespace tegu::queue {

// A recipient that is to be served later.
struct Pending {
  wire::smtp::Address address;
  std::string next_hop;  // see hop.h
  wire::smtp::Notify notify;
  std::optional<wire::smtp::OriginalRecipient> original;
  bool operator==(const Pending&) const = default;
};

struct Plan {
  std::vector<base::AccountId> mailboxes;             // each account once, in order of account
  std::vector<Pending> pending;                       // each address and hop once
  std::vector<wire::dsn::RecipientStatus> successes;  // to report after the commit of all this
};

// A recipient without deliveries waits for the router's word (hop "route").
Plan plan(const wire::smtp::Envelope& envelope);

}  // namespace tegu::queue
