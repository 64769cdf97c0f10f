// Listener: accepts connections for ever, through the hours in which descriptors or memory run out.
// And how listening sockets come to be: opened here, or handed over by systemd.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/handle.h"
#include "io/endpoint.h"
#include "io/watch.h"

namespace tegu::io {

class Listener {
 public:
  // `listening`: a listening stream socket; it is made non-blocking. Several loops may each have a
  // Listener on a duplicate of one socket. `pause`: how long to wait when nothing can be accepted.
  Listener(Loop& loop, base::Fd listening,
           std::chrono::milliseconds pause = std::chrono::milliseconds(100));

  // Until cancelled; calls `accepted` with each connection (non-blocking, close-on-exec), which
  // must not throw. Without a free descriptor it turns one waiting peer away, pauses, and tries
  // again.
  Task<void> run(std::function<void(base::Fd, Endpoint)> accepted);

  Endpoint local() const { return Endpoint::local_of(listening_.get()); }
  size_t refused() const { return refused_; }  // peers turned away for want of descriptors
  size_t pauses() const { return pauses_; }

 private:
  enum class Outcome { accepted, nothing, exhausted };
  Outcome accept_one(const std::function<void(base::Fd, Endpoint)>& accepted);
  Outcome turn_away();

  base::Fd listening_;
  Watch watch_;
  std::chrono::milliseconds pause_;
  base::Fd spare_;  // given up to accept and close one connection when no other is left
  size_t refused_ = 0, pauses_ = 0;
};

// Throws SystemError ("listen on 0.0.0.0:25: Permission denied"). An IPv6 socket is IPv6 only.
base::Fd listen_tcp(const Endpoint& endpoint, int backlog = 4096);

// Replaces a socket that nobody listens on any more. `mode` such as 0660; an empty `group` leaves
// the group as it is. Throws UsageError (path too long, no such group, not a socket, in use) and
// SystemError.
base::Fd listen_unix(const std::string& path, unsigned mode, const std::string& group,
                     int backlog = 4096);

// The sockets that systemd passed to this process, by FileDescriptorName=; empty when not started
// by systemd. Once, by main: the environment is cleared for children.
std::vector<std::pair<std::string, base::Fd>> systemd_sockets();

}  // namespace tegu::io
