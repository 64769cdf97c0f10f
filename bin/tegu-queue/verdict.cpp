#include "verdict.h"

#include <algorithm>

namespace tegu::queue {
namespace {

std::chrono::microseconds pause_after(int attempts, const RetryPolicy& policy, double chance) {
  size_t index = static_cast<size_t>(std::max(attempts, 1)) - 1;
  std::chrono::seconds pause = policy.pauses[std::min(index, policy.pauses.size() - 1)];
  double factor = 0.9 + 0.2 * chance;
  auto exact = std::chrono::duration<double, std::micro>(pause) * factor;
  return std::chrono::duration_cast<std::chrono::microseconds>(exact);
}

}  // namespace

Verdict decide(const Attempt& attempt, const RetryPolicy& policy, base::WallTime now,
               double chance) {
  using Kind = net::smtp::Outcome::Kind;
  Verdict verdict;
  verdict.status = attempt.outcome.status;
  if (attempt.outcome.kind == Kind::accepted) {
    verdict.step = Verdict::Step::remove;
    return verdict;
  }
  bool expired = now >= attempt.expires && attempt.attempts >= policy.least_attempts;
  if (attempt.outcome.kind == Kind::permanent || expired) {
    verdict.step = Verdict::Step::fail;
    // RFC 3463 3.5: X.4.7 delivery time expired.
    if (attempt.outcome.kind != Kind::permanent) verdict.status = "5.4.7";
    return verdict;
  }
  verdict.step = Verdict::Step::retry;
  verdict.next_try = now + pause_after(attempt.attempts, policy, chance);
  // The last attempt is made when the time is over, not long after.
  if (now < attempt.expires) verdict.next_try = std::min(verdict.next_try, attempt.expires);
  verdict.tell_delay = policy.notice_after.count() > 0 && !attempt.delay_told &&
                       now >= attempt.created + policy.notice_after;
  return verdict;
}

}  // namespace tegu::queue
