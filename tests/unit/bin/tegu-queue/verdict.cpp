#include "verdict.h"

#include <catch2/catch.hpp>

using namespace tegu;
using namespace std::chrono_literals;
using net::smtp::own_outcome;
using queue::Verdict;
using Step = queue::Verdict::Step;

static const base::WallTime start = base::WallTime(1795262400s);

static queue::Attempt attempt(std::string_view status, int attempts) {
  return {.outcome = own_outcome(status, "said"),
          .attempts = attempts,
          .created = start,
          .expires = start + 120h,
          .delay_told = false};
}

static const queue::RetryPolicy policy{.pauses = {5min, 10min, 40min}, .notice_after = 4h};

TEST_CASE("queue verdict: accepted and refused", "[queue]") {
  CHECK(decide(attempt("2.0.0", 1), policy, start, 0).step == Step::remove);
  Verdict refused = decide(attempt("5.1.1", 1), policy, start, 0);
  CHECK(refused.step == Step::fail);
  CHECK(refused.status == "5.1.1");
}

TEST_CASE("queue verdict: pauses grow to the last one, spread by chance", "[queue]") {
  struct {
    int attempts;
    double chance;
    std::chrono::seconds want;
  } table[] = {{1, 0.5, 5min},   {2, 0.5, 10min}, {3, 0.5, 40min}, {4, 0.5, 40min},
               {99, 0.5, 40min}, {0, 0.5, 5min},  {1, 0.0, 270s},  {2, 0.0, 540s}};
  for (const auto& row : table) {
    Verdict verdict = decide(attempt("4.2.2", row.attempts), policy, start, row.chance);
    CHECK(verdict.step == Step::retry);
    CHECK(verdict.next_try == start + row.want);
  }
  Verdict late = decide(attempt("4.2.2", 1), policy, start, 0.999);
  CHECK(late.next_try > start + 329s);
  CHECK(late.next_try < start + 330s);
}

TEST_CASE("queue verdict: expiry wants age and attempts", "[queue]") {
  Verdict expired = decide(attempt("4.4.1", 5), policy, start + 120h, 0.5);
  CHECK(expired.step == Step::fail);
  CHECK(expired.status == "5.4.7");
  // The clock jumped: too few attempts.
  CHECK(decide(attempt("4.4.1", 4), policy, start + 9000h, 0.5).step == Step::retry);
  CHECK(decide(attempt("4.4.1", 500), policy, start + 119h, 0.5).step == Step::retry);
}

TEST_CASE("queue verdict: the last attempt comes when the time is over", "[queue]") {
  Verdict verdict = decide(attempt("4.4.1", 9), policy, start + 120h - 10min, 0.5);
  CHECK(verdict.next_try == start + 120h);
}

TEST_CASE("queue verdict: delay is told once, after its time", "[queue]") {
  CHECK_FALSE(decide(attempt("4.4.1", 3), policy, start + 4h - 1s, 0.5).tell_delay);
  CHECK(decide(attempt("4.4.1", 3), policy, start + 4h, 0.5).tell_delay);
  auto told = attempt("4.4.1", 3);
  told.delay_told = true;
  CHECK_FALSE(decide(told, policy, start + 5h, 0.5).tell_delay);
  queue::RetryPolicy silent = policy;
  silent.notice_after = 0s;
  CHECK_FALSE(decide(attempt("4.4.1", 3), silent, start + 5h, 0.5).tell_delay);
}
