// Waits for the octets of a letter: no pause may be long, and the least rate must be kept.
#pragma once
#include <algorithm>

#include "io/deadline.h"
#include "policy.h"
#include "rate_guard.h"

namespace tegu::smtpd {

class Intake {
 public:
  explicit Intake(const Policy& policy)
      : pause_(policy.data_timeout),
        began_(io::Clock::now()),
        pause_end_(began_ + pause_),
        rate_(began_, policy.data_rate, policy.data_rate_span) {}

  // The wait for more octets ends here; then goes_on() tells whether to wait again.
  io::Deadline deadline() const { return std::min(rate_.end(), pause_end_); }
  void received(size_t octets) {
    rate_.received(octets);
    pause_end_ = io::Clock::now() + pause_;
  }
  // False: the peer is too slow.
  bool goes_on() {
    io::Deadline now = io::Clock::now();
    return now < pause_end_ && rate_.keeps_up(now);
  }
  io::Clock::duration taken() const { return io::Clock::now() - began_; }

 private:
  std::chrono::seconds pause_;
  io::Deadline began_;
  io::Deadline pause_end_;
  RateGuard rate_;
};

}  // namespace tegu::smtpd
