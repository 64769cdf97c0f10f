#include "plan.h"

#include <catch2/catch.hpp>

#include "hop.h"

using namespace tegu;
using namespace wire::smtp;
using wire::dsn::Action;

static Address mailbox(std::string_view text) {
  return parse_mailbox(text, true).value();
}
static Delivery local(int64_t account) {
  return LocalDelivery{base::AccountId{account}};
}
static Delivery relay(std::string_view address, std::string_view hop = "") {
  return RelayDelivery{mailbox(address), std::string(hop)};
}
static Recipient recipient(std::string_view address, std::vector<Delivery> deliveries,
                           Notify notify = {}) {
  return {.address = mailbox(address), .notify = notify, .original = {}, .deliveries = deliveries};
}
static Envelope envelope(std::vector<Recipient> recipients) {
  Envelope made;
  made.recipients = std::move(recipients);
  return made;
}
static const Notify success{.success = true};

TEST_CASE("queue plan: an account gets one copy however it is named", "[queue]") {
  auto plan = queue::plan(envelope(
      {recipient("a@b.org", {local(7)}), recipient("all@b.org", {local(9), local(7), local(3)})}));
  CHECK(plan.mailboxes == std::vector<base::AccountId>{{.value = 3}, {.value = 7}, {.value = 9}});
  CHECK(plan.pending.empty());
  CHECK(plan.successes.empty());
}

TEST_CASE("queue plan: relayed recipients keep what they asked for", "[queue]") {
  Notify delay{.failure = true, .delay = true};
  auto with_orcpt = recipient("x@b.org", {relay("x@c.org", "smtp://c.org:25")}, delay);
  with_orcpt.original = OriginalRecipient{"rfc822", "X@b.org"};
  auto plan = queue::plan(envelope({with_orcpt, recipient("y@b.org", {relay("y@c.org")}),
                                    recipient("z@c.org", {relay("z@c.org")}),
                                    recipient("z2@b.org", {relay("z@c.org")})}));
  REQUIRE(plan.pending.size() == 3);
  CHECK(plan.pending[0].address == mailbox("x@c.org"));
  CHECK(plan.pending[0].next_hop == "smtp://c.org:25");
  CHECK(plan.pending[0].notify == delay);
  CHECK(plan.pending[0].original == OriginalRecipient{"rfc822", "X@b.org"});
  // The sender knows y@b.org only.
  CHECK(plan.pending[1].original == OriginalRecipient{"rfc822", "y@b.org"});
  CHECK_FALSE(plan.pending[2].original);
}

TEST_CASE("queue plan: without deliveries the router is asked later", "[queue]") {
  auto plan = queue::plan(envelope({recipient("x@b.org", {})}));
  REQUIRE(plan.pending.size() == 1);
  CHECK(plan.pending[0].next_hop == queue::ask_router);
}

TEST_CASE("queue plan: success is told where it happens", "[queue]") {
  auto plan = queue::plan(envelope({
      recipient("here@b.org", {local(1)}, success),
      recipient("quiet@b.org", {local(2)}),
      recipient("away@b.org", {relay("away@c.org")}, success),
      recipient("list@b.org", {local(3), relay("m@c.org")}, success),
  }));
  REQUIRE(plan.successes.size() == 2);
  CHECK(plan.successes[0].address == mailbox("here@b.org"));
  CHECK(plan.successes[0].action == Action::delivered);
  CHECK(plan.successes[1].action == Action::expanded);
  REQUIRE(plan.pending.size() == 2);
  CHECK(plan.pending[0].notify == success);
  // RFC 3461 5.2.7.2: of a list's members no success; and nobody had asked for failures.
  CHECK(plan.pending[1].notify == Notify{.never = true});
}
