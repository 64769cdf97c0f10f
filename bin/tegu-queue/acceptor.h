// The door: takes a letter from another daemon, answers after its commit. Bounded in the octets
// that are under way at a time.
#pragma once
#include "base/handle.h"
#include "base/ids.h"
#include "desk.h"
#include "io/sync.h"
#include "meters.h"
#include "wire/peer/queue.h"

namespace tegu::queue {

class Acceptor {
 public:
  // `octets`: in memory, of letters that are prepared and committed at a time.
  Acceptor(Desk& desk, Meters& meters, uint64_t octets = 256 << 20)
      : desk_(desk), meters_(meters), most_(octets) {}

  // Octets, or a descriptor from whose start they are read.
  struct Letter {
    std::string octets;
    base::Fd fd;
  };
  // Durable when it returns. Throws net::peer::Refused for a request that makes no sense, other
  // base::Error when the letter was not stored or that is not known.
  io::Task<wire::peer::AcceptAnswer> accept(wire::peer::AcceptRequest request, Letter letter);

 private:
  class Share;

  Desk& desk_;
  Meters& meters_;
  uint64_t most_;
  uint64_t used_ = 0;
  io::Signal freed_;
};

}  // namespace tegu::queue
