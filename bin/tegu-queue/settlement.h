// What an attempt means for the queue: who is done, who is tried again, what the sender is told.
// Pure: time and chance are given.
#pragma once
#include <functional>
#include <vector>

#include "courier.h"
#include "ledger.h"
#include "notices.h"
#include "verdict.h"

namespace tegu::queue {

struct Settlement {
  Change change;
  std::vector<Notice> notices;  // to be reported with the change, where wanted
};

// `lmtp`: an accepted recipient is in its mailbox, not merely passed on. `chance` gives [0, 1).
Settlement settle(const QueuedLetter& letter, const std::vector<QueuedRecipient>& recipients,
                  const Carried& carried, bool lmtp, const RetryPolicy& policy, base::WallTime now,
                  const std::function<double()>& chance);

}  // namespace tegu::queue
