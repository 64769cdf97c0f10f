// The least speed at which a peer must send a letter: so many octets in each span of time. Against
// peers that trickle to keep a session for ever.
#pragma once
#include <chrono>
#include <cstdint>

#include "io/deadline.h"

namespace tegu::smtpd {

class RateGuard {
 public:
  RateGuard(io::Deadline now, uint64_t per_second, std::chrono::seconds span)
      : least_(per_second * static_cast<uint64_t>(span.count())),
        span_(span),
        end_(per_second == 0 ? io::never : now + span) {}

  // When the present span ends: wait for octets no longer than this.
  io::Deadline end() const { return end_; }
  void received(uint64_t octets) { octets_ += octets; }
  // False: a span has ended with too few octets. Call after each wait.
  bool keeps_up(io::Deadline now) {
    if (now < end_) return true;
    if (octets_ < least_) return false;
    octets_ = 0;
    end_ = now + span_;
    return true;
  }

 private:
  uint64_t least_;
  std::chrono::seconds span_;
  io::Deadline end_;
  uint64_t octets_ = 0;
};

}  // namespace tegu::smtpd
