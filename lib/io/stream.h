// Stream: a two-way flow of bytes with a peer. Plain sockets, TLS and memory have this one
// interface. One reader and one writer at a time. Errors: TimedOut, ConnectionLost, Cancelled.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "io/deadline.h"
#include "io/task.h"

namespace tegu::io {

// What TLS agreed upon; empty `version` on a plain stream.
struct TlsFacts {
  std::string version;  // "TLSv1.3"
  std::string cipher;
  int bits = 0;
  std::string alpn;         // the protocol that ALPN agreed upon, or empty
  std::string server_name;  // SNI that the client sent, or that we sent
  bool peer_verified = false;
  explicit operator bool() const { return !version.empty(); }
};

class Stream {
 public:
  virtual ~Stream() = default;
  // At least one byte into `into`, or 0 at the peer's orderly end.
  virtual Task<size_t> read_some(std::span<char> into, Deadline deadline) = 0;
  // All of it. `bytes` must live until the task ends.
  virtual Task<void> write_all(std::string_view bytes, Deadline deadline) = 0;
  // Says goodbye in the stream's way (close_notify, FIN) without waiting long, and closes. Never
  // throws but Cancelled. Destroying a Stream without it just drops the connection.
  virtual Task<void> close() = 0;
  virtual TlsFacts tls() const { return {}; }
};

}  // namespace tegu::io
