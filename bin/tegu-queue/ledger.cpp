#include "ledger.h"

namespace tegu::queue {

size_t Change::bytes() const {
  constexpr size_t row = 200;
  size_t sum = row * (done.size() + deferred.size());
  for (const Placement& placement : placements) {
    if (placement.content) sum += placement.content->stored_size();
    sum += row * (1 + placement.mailboxes.size() + placement.pending.size());
  }
  return sum;
}

}  // namespace tegu::queue
