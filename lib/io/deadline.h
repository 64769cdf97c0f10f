// Moments on the monotonic clock after which a wait gives up.
#pragma once
#include <chrono>

namespace tegu::io {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

inline constexpr Deadline never = Deadline::max();

template <class Rep, class Period>
Deadline after(std::chrono::duration<Rep, Period> span) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(span);
}

}  // namespace tegu::io
