#include "heart.h"

#include <algorithm>

#include "base/log.h"
#include "io/wait.h"

namespace tegu::queue {

io::Task<void> Heart::begin() {
  while (true) {
    io::Deadline start = io::Clock::now();
    try {
      co_await ledger_.free_leases();
      last_beat_ = start;
      co_return;
    } catch (const base::Error& error) {
      base::log::warn("queue.database_away", {{"error", error.what()}});
    }
    co_await io::sleep_for(std::chrono::seconds(1));
  }
}

io::Task<void> Heart::run() {
  auto pause = std::clamp(lease_time_ / 6, std::chrono::seconds(1), std::chrono::seconds(15));
  while (true) {
    co_await io::sleep_for(pause);
    io::Deadline start = io::Clock::now();
    try {
      co_await ledger_.extend_leases();
      last_beat_ = start;
    } catch (const base::Error& error) {
      base::log::warn("queue.heartbeat_missed", {{"error", error.what()}});
    }
  }
}

}  // namespace tegu::queue
