// The heartbeat of this node's leases. A node that cannot reach the database must stop sending
// before others take over its recipients, or letters would go out twice.
#pragma once
#include <chrono>

#include "io/deadline.h"
#include "io/task.h"
#include "ledger.h"

namespace tegu::queue {

class Heart {
 public:
  Heart(Ledger& ledger, std::chrono::seconds lease_time)
      : ledger_(ledger), lease_time_(lease_time) {}

  // Frees what a crash of this node left leased; tries until it succeeds.
  io::Task<void> begin();
  // Extends the leases until cancelled.
  io::Task<void> run();
  // Leases hold for at least half of their time from now.
  bool is_sure() const { return io::Clock::now() < last_beat_ + lease_time_ / 2; }

 private:
  Ledger& ledger_;
  std::chrono::seconds lease_time_;
  io::Deadline last_beat_{};
};

}  // namespace tegu::queue
