#include "plan.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "hop.h"

namespace tegu::queue {
namespace {

using wire::dsn::Action;
using wire::smtp::Delivery;
using wire::smtp::LocalDelivery;
using wire::smtp::Recipient;
using wire::smtp::RelayDelivery;

// RFC 3461 5.2.1: ORCPT goes along; where there was none and the address changes, the report shall
// still name the address that the sender knows.
std::optional<wire::smtp::OriginalRecipient> original_of(const Recipient& recipient,
                                                         const wire::smtp::Address& now) {
  if (recipient.original || now == recipient.address) return recipient.original;
  std::string text = wire::smtp::format(recipient.address);
  return wire::smtp::OriginalRecipient{recipient.address.needs_utf8() ? "utf-8" : "rfc822", text};
}

wire::dsn::RecipientStatus success(const Recipient& recipient, Action action) {
  return {.address = recipient.address,
          .original = recipient.original,
          .action = action,
          .status = "2.0.0",
          .remote_mta = {},
          .diagnostic = {},
          .last_attempt = {},
          .will_retry_until = {}};
}

class Planner {
 public:
  void add(const Recipient& recipient) {
    if (recipient.deliveries.empty()) {
      return add_pending({.address = recipient.address,
                          .next_hop = std::string(ask_router),
                          .notify = recipient.notify,
                          .original = recipient.original});
    }
    // RFC 3461 5.2.7.2: success of a list is told once, by "expanded"; its members' is not.
    bool expanded = recipient.deliveries.size() > 1;
    for (const Delivery& delivery : recipient.deliveries) add(recipient, delivery, expanded);
    if (!recipient.notify.wants_success()) return;
    bool local = std::holds_alternative<LocalDelivery>(recipient.deliveries.front());
    if (expanded) plan_.successes.push_back(success(recipient, Action::expanded));
    if (!expanded && local) plan_.successes.push_back(success(recipient, Action::delivered));
  }
  Plan finish() {
    plan_.mailboxes.assign(accounts_.begin(), accounts_.end());
    return std::move(plan_);
  }

 private:
  void add(const Recipient& recipient, const Delivery& delivery, bool expanded) {
    if (const auto* local = std::get_if<LocalDelivery>(&delivery)) {
      accounts_.insert(local->account);
      return;
    }
    const auto& relay = std::get<RelayDelivery>(delivery);
    wire::smtp::Notify notify = recipient.notify;
    if (expanded && notify.success) {
      notify.success = false;
      // SUCCESS alone asked for no report of failure.
      if (!notify.given()) notify.never = true;
    }
    add_pending({.address = relay.address,
                 .next_hop = relay.next_hop,
                 .notify = notify,
                 .original = original_of(recipient, relay.address)});
  }
  void add_pending(Pending pending) {
    if (seen_.insert(std::tuple(pending.address, pending.next_hop)).second)
      plan_.pending.push_back(std::move(pending));
  }

  Plan plan_;
  std::set<base::AccountId> accounts_;
  std::set<std::tuple<wire::smtp::Address, std::string>> seen_;
};

}  // namespace

Plan plan(const wire::smtp::Envelope& envelope) {
  Planner planner;
  for (const Recipient& recipient : envelope.recipients) planner.add(recipient);
  return planner.finish();
}

}  // namespace tegu::queue
