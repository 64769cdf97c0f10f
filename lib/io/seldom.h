// Seldom: an event that a peer can cause as often as it likes is told once in some seconds, with
// the number of those that were not told.
#pragma once
#include <cstddef>
#include <optional>
#include <utility>

#include "io/deadline.h"

namespace tegu::io {

// The first one is told at once. One thread.
class Seldom {
 public:
  explicit Seldom(std::chrono::seconds every = std::chrono::seconds(5)) : every_(every) {}

  // One more happened. Nothing: do not tell it. Otherwise how many were left out before it.
  std::optional<size_t> happened(Deadline now) {
    if (now < next_) {
      left_out_++;
      return std::nullopt;
    }
    next_ = now + every_;
    return std::exchange(left_out_, 0);
  }

 private:
  std::chrono::seconds every_;
  Deadline next_ = Deadline::min();
  size_t left_out_ = 0;
};

}  // namespace tegu::io
