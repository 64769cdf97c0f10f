#include "housekeeping.h"

#include "base/failpoint.h"
#include "base/log.h"
#include "io/wait.h"

namespace tegu::queue {

// Test builds look often, so that short runs meet it.
static std::chrono::seconds sweep_pause(double chance) {
  if (base::has_failpoints) return std::chrono::seconds(3);
  return std::chrono::minutes(30 + static_cast<int>(60 * chance));
}

io::Task<void> sweep(Ledger& ledger, Meters& meters) {
  constexpr size_t step = 500;
  Swept swept;
  do {
    swept = co_await ledger.sweep(step);
    base::pass_failpoint("queue.swept");
    meters.swept.add(static_cast<double>(swept.deleted));
    if (swept.deleted > 0) base::log::info("queue.swept", {{"contents", swept.deleted}});
  } while (swept.looked_at == step);
}

io::Task<void> keep_house(Ledger& ledger, Meters& meters, std::function<double()> chance) {
  while (true) {
    co_await io::sleep_for(sweep_pause(chance()));
    try {
      co_await sweep(ledger, meters);
    } catch (const base::Error& error) {
      base::log::warn("queue.sweep_failed", {{"error", error.what()}});
    }
  }
}

io::Task<void> watch_depth(Ledger& ledger, Meters& meters) {
  while (true) {
    try {
      Depth depth = co_await ledger.depth();
      meters.waiting.set(static_cast<double>(depth.waiting));
      meters.held.set(static_cast<double>(depth.held));
      meters.due.set(static_cast<double>(depth.due));
      std::chrono::duration<double> age{0};
      if (depth.oldest) age = base::wall_now() - *depth.oldest;
      meters.oldest.set(age.count());
    } catch (const base::Error& error) {
      base::log::warn("queue.depth_unknown", {{"error", error.what()}});
    }
    co_await io::sleep_for(std::chrono::seconds(30));
  }
}

io::Task<void> forget_expunged(model::mailbox::Store& mailboxes,
                               std::function<std::chrono::seconds()> undelete_time,
                               std::function<double()> chance) {
  while (true) {
    co_await io::sleep_for(std::chrono::minutes(12 * 60 + static_cast<int>(24 * 60 * chance())));
    try {
      size_t rows = co_await mailboxes.prune_all(base::wall_now(), undelete_time());
      if (rows > 0) base::log::info("queue.pruned", {{"rows", rows}});
    } catch (const base::Error& error) {
      base::log::warn("queue.prune_failed", {{"error", error.what()}});
    }
  }
}

}  // namespace tegu::queue
