// How a call to another daemon of this machine ends badly. All are base::Error: a protocol turns
// them into its temporary error without looking closer.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/peer/line.h"

namespace tegu::net::peer {

// Nothing was asked: no connection within the client's patience, no turn on it before the deadline,
// or too many calls in flight.
class Unavailable : public base::Error {
 public:
  using Error::Error;
};

// The request was sent and the connection died or the deadline passed before its answer: it may
// have been done.
class OutcomeUnknown : public base::Error {
 public:
  using Error::Error;
};

// The daemon answered "ok":false. Handlers of a Server throw it to answer so.
class Refused : public base::Error {
 public:
  Refused(wire::peer::Failure failure, std::string_view text)
      : Error(std::string(text)), failure_(failure) {}
  wire::peer::Failure failure() const { return failure_; }

 private:
  wire::peer::Failure failure_;
};

}  // namespace tegu::net::peer
