// Hands letters to tegu-queue.
#pragma once
#include <string>

#include "io/deadline.h"
#include "io/task.h"
#include "net/peer/client.h"
#include "wire/peer/queue.h"

namespace tegu::net::peer {

class Queue {
 public:
  Queue(io::Loop& loop, const std::string& run_folder);  // asks <run_folder>/queue.sock
  io::Task<void> run() { return client_.run(); }         // the owner spawns it

  // Returns after the commit. The letter is enclosed: as octets, or at offset 0 of a descriptor.
  // Refused{refused}: this letter will never be taken, text says why. OutcomeUnknown: it may have
  // been stored; every other base::Error: it was not.
  io::Task<wire::peer::AcceptAnswer> accept(wire::peer::AcceptRequest request, Enclosure letter,
                                            io::Deadline deadline);
  // Other operations of queue.sock (status, flush ...).
  Client& client() { return client_; }

 private:
  Client client_;
};

}  // namespace tegu::net::peer
