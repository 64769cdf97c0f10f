// UnixChannel: lines of text over a Unix stream socket, and file descriptors that travel with them
// (SCM_RIGHTS). The daemons speak to each other through it; a script can do it with socat.
#pragma once
#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "io/sync.h"
#include "io/watch.h"

namespace tegu::io {

// Who opened the other end (SO_PEERCRED), by the kernel's word.
struct PeerCredentials {
  uid_t uid;
  gid_t gid;
  pid_t pid;
};

class UnixChannel {
 public:
  static constexpr size_t line_limit = 1024 * 1024;
  static constexpr size_t descriptor_limit = 8;  // with one line

  // `fd`: a connected, non-blocking Unix stream socket.
  UnixChannel(Loop& loop, base::Fd fd);
  UnixChannel(const UnixChannel&) = delete;

  struct Line {
    std::string text;  // without its LF
    std::vector<base::Fd> fds;
  };
  // The next line with the descriptors sent with it; nothing at the peer's orderly end. One reader
  // at a time. Throws TimedOut, ConnectionLost (also on an end within a line), LineTooLong (the
  // channel is of no use then).
  Task<std::optional<Line>> read_line(Deadline deadline);

  // The next octets, whatever they are: those that the last line said would follow it. The reader
  // bounds `count`. Throws as read_line().
  Task<std::string> read_octets(size_t count, Deadline deadline);

  // Sends `line`, which has no LF, adds one, and passes a copy of `fd` along if it is not -1. Any
  // number of writers; lines never mix. A write that fails or is cancelled in the middle of a line
  // shuts the channel down.
  Task<void> write_line(std::string line, int fd = -1, Deadline deadline = never);
  // The same for whole lines with their LFs, and octets behind them. The descriptor belongs to the
  // first line.
  Task<void> write(std::string bytes, int fd = -1, Deadline deadline = never);

  PeerCredentials peer() const;
  // Ends both directions at once; readers and writers of both sides notice.
  void shutdown();

 private:
  Task<void> receive(Deadline deadline);
  bool receive_now();
  void drop_read();
  ssize_t send_once(std::string_view bytes, int fd);

  base::Fd fd_;
  Watch watch_;
  Semaphore writing_{1};
  std::string buffer_;
  size_t begin_ = 0, searched_ = 0;
  bool ended_ = false;
  struct Passed {
    size_t at;  // offset in buffer_ of a byte of the line that it came with
    base::Fd fd;
  };
  std::deque<Passed> passed_;
};

}  // namespace tegu::io
