// Failpoints: named places where a test makes this process die, hesitate or fail, to prove that
// nothing is lost there. They exist only in builds with TEGU_FAILPOINTS=ON; anywhere else a passage
// is no code at all. The names are the literals of the calls: tests/chaos reads them from the
// sources. Thread-safe.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tegu::base {

#ifdef TEGU_FAILPOINTS

inline constexpr bool has_failpoints = true;

// "name:n:kill", "name:n:sleep" or "name:n:error": the n-th passage from now on, counted from 1,
// kills this process as kill -9 does, holds its thread up for half a second, or fails as the place
// may fail. Several with commas. What was armed before is forgotten; "" arms nothing. Throws
// UsageError.
void arm_failpoints(std::string_view list);

// True when the place is to fail.
bool pass_failpoint(std::string_view name);

#else

inline constexpr bool has_failpoints = false;
inline void arm_failpoints(std::string_view) {}
constexpr bool pass_failpoint(std::string_view) {
  return false;
}

#endif

// `Failure`: what this place throws when the world is broken there.
template <class Failure = Error>
void failpoint(std::string_view name) {
  if constexpr (has_failpoints) {
    if (pass_failpoint(name)) throw Failure("failpoint " + std::string(name));
  }
}

}  // namespace tegu::base
