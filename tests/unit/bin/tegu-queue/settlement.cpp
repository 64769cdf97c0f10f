#include "settlement.h"

#include <catch2/catch.hpp>

using namespace tegu;
using namespace std::chrono_literals;
using net::smtp::outcome_of;
using net::smtp::own_outcome;
using wire::dsn::Action;

static const base::WallTime noon = base::WallTime(1795262400s);

static queue::QueuedLetter letter() {
  queue::QueuedLetter made;
  made.item = {7};
  made.facts.arrival = noon;
  made.expires = noon + 120h;
  return made;
}

static std::vector<queue::QueuedRecipient> recipients(int32_t count) {
  std::vector<queue::QueuedRecipient> made(count);
  for (int32_t i = 0; i < count; ++i) {
    made[i].seq = i;
    made[i].pending.address = {.local = std::to_string(i), .domain = "b.org"};
  }
  return made;
}

static queue::Settlement settle(const queue::Carried& carried, base::WallTime now = noon,
                                bool lmtp = false) {
  static const queue::RetryPolicy policy{.pauses = {5min}, .notice_after = 4h};
  return queue::settle(letter(), recipients(static_cast<int32_t>(carried.outcomes.size())), carried,
                       lmtp, policy, now, [] { return 0.5; });
}

TEST_CASE("queue settlement: each recipient goes its own way", "[queue]") {
  queue::Carried carried;
  carried.host = "mx.b.org";
  carried.outcomes = {outcome_of({250, "2.0.0", "ok"}, "end of DATA"),
                      outcome_of({550, "5.1.1", "no such user"}, "RCPT TO"),
                      outcome_of({450, "4.2.0", "later"}, "RCPT TO")};
  auto settled = settle(carried);
  CHECK(settled.change.done ==
        std::vector<queue::RecipientKey>{{.item = {7}, .seq = 0}, {.item = {7}, .seq = 1}});
  REQUIRE(settled.change.deferred.size() == 1);
  CHECK(settled.change.deferred[0].key.seq == 2);
  CHECK(settled.change.deferred[0].next_try == noon + 5min);
  CHECK(settled.change.deferred[0].reply == "450 4.2.0 later");
  CHECK_FALSE(settled.change.deferred[0].delay_told);
  REQUIRE(settled.notices.size() == 2);
  CHECK(settled.notices[0].status.action == Action::relayed);
  CHECK(settled.notices[1].status.action == Action::failed);
  CHECK(settled.notices[1].status.remote_mta == "mx.b.org");
  CHECK(settled.notices[1].status.last_attempt == noon);
}

TEST_CASE("queue settlement: success is the next hop's to tell when it knows DSN", "[queue]") {
  queue::Carried carried;
  carried.outcomes = {outcome_of({250, "", "ok"}, "end of DATA")};
  CHECK(settle(carried, noon, true).notices.at(0).status.action == Action::delivered);
  carried.dsn = true;
  CHECK(settle(carried).notices.empty());
}

TEST_CASE("queue settlement: our own verdict names no remote host", "[queue]") {
  queue::Carried carried;
  carried.host = "mx.b.org";
  carried.outcomes = {own_outcome("5.6.3", "8-bit")};
  auto settled = settle(carried);
  CHECK(settled.notices.at(0).status.remote_mta == "");
  CHECK(settled.notices[0].status.diagnostic == "8-bit");
}

TEST_CASE("queue settlement: a delay is told with its end", "[queue]") {
  queue::Carried carried;
  carried.outcomes = {own_outcome("4.4.1", "refused")};
  auto settled = settle(carried, noon + 5h);
  CHECK(settled.change.deferred.at(0).delay_told);
  REQUIRE(settled.notices.size() == 1);
  CHECK(settled.notices[0].status.action == Action::delayed);
  CHECK(settled.notices[0].status.will_retry_until == noon + 120h);
}
