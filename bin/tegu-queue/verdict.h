// What follows from an attempt: done, try again later, or give up; and when a sender is told that
// it takes long. Pure: time and chance are given.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/smtp/outcome.h"

namespace tegu::queue {

struct RetryPolicy {
  // The pause after the first failure, the second ...; the last one is repeated.
  std::vector<std::chrono::seconds> pauses{std::chrono::minutes(5)};
  std::chrono::seconds notice_after{0};  // 0: no notice of delay
  // A clock that jumps must not make everything expire: so many attempts are made in any case.
  int least_attempts = 5;
};

struct Attempt {
  net::smtp::Outcome outcome;
  int attempts = 1;  // with this one
  base::WallTime created;
  base::WallTime expires;
  bool delay_told = false;
};

struct Verdict {
  enum class Step { remove, retry, fail };
  Step step = Step::retry;
  base::WallTime next_try;  // retry
  bool tell_delay = false;  // retry: a notice is due, if it is wanted
  std::string status;       // RFC 3463; of a report
};

// `chance` in [0, 1) spreads the retries: a fifth of each pause is random.
Verdict decide(const Attempt& attempt, const RetryPolicy& policy, base::WallTime now,
               double chance);

}  // namespace tegu::queue
