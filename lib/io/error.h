// How waiting ends badly.
#pragma once
#include <exception>

#include "base/error.h"

namespace tegu::io {

// The scope of this coroutine was cancelled: unwind. Not an error: never log it, never swallow it.
class Cancelled : public std::exception {
 public:
  const char* what() const noexcept override { return "cancelled"; }
};

// A deadline passed.
class TimedOut : public base::Error {
 public:
  using Error::Error;
};

// The connection is dead: reset, TLS failure, end in the middle of something.
class ConnectionLost : public base::Error {
 public:
  using Error::Error;
};

// The peer sent more without an end than the reader's limit allows.
class LineTooLong : public base::Error {
 public:
  using Error::Error;
};

}  // namespace tegu::io
