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

size_t Change::reports() const {
  size_t letters = 0;
  for (const Placement& placement : placements) letters += placement.content.has_value();
  // A letter that was handed in stands before the reports about it, and finishes nobody.
  bool handed_in = done.empty() && deferred.empty();
  return letters - (handed_in && letters > 0 ? 1 : 0);
}

}  // namespace tegu::queue
