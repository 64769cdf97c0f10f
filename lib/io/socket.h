// SocketStream: the Stream of a connected TCP or Unix stream socket, and how to get one.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/handle.h"
#include "io/endpoint.h"
#include "io/stream.h"
#include "io/watch.h"

namespace tegu::io {

// What one stream may do without waiting before the other coroutines of its loop get their turn. A
// peer that is always ready never makes us wait, and would own the loop.
class Turn {
 public:
  void use(size_t bytes) { used_ += bytes + 512; }
  void renew() { used_ = 0; }
  bool is_over() const { return used_ > 256 * 1024; }

 private:
  size_t used_ = 0;
};

class SocketStream : public Stream {
 public:
  // `fd` must be non-blocking.
  SocketStream(Loop& loop, base::Fd fd);
  Task<size_t> read_some(std::span<char> into, Deadline deadline) override;
  Task<void> write_all(std::string_view bytes, Deadline deadline) override;
  Task<void> close() override;

  // For layers that read and write the descriptor themselves (TLS): wait only after EAGAIN.
  int fd() const { return fd_.get(); }
  Task<void> wait_readable(Deadline deadline);  // throws TimedOut
  Task<void> wait_writable(Deadline deadline);
  // Called before each attempt that may not wait: lets the others run when this stream's turn is
  // over, and notices a deadline and a cancellation that a busy peer would hide.
  Task<void> take_turn(Deadline deadline);
  Turn& turn() { return turn_; }

 private:
  base::Fd fd_;
  std::optional<Watch> watch_;  // after fd_: unregistered before the descriptor is closed
  Turn turn_;
};

// A TCP connection from any or the given local address (its port may be 0). Throws ConnectionLost
// ("connect to 192.0.2.1:25: Connection refused"), TimedOut, Cancelled.
Task<std::unique_ptr<SocketStream>> connect(Loop& loop, Endpoint peer, Deadline deadline,
                                            std::optional<Endpoint> local = {});
// A Unix stream socket. Waits for room in a full backlog. Errors as connect().
Task<std::unique_ptr<SocketStream>> connect_unix(Loop& loop, std::string path, Deadline deadline);
// The same as a bare descriptor, for UnixChannel.
Task<base::Fd> open_unix(std::string path, Deadline deadline);

// No delay of small writes, and probes that find a dead peer within about 5 minutes. Sockets
// accepted from a listening one inherit both.
void tune_tcp(int fd) noexcept;

}  // namespace tegu::io
