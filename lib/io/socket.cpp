#include "io/socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/loop.h"

namespace tegu::io {

using std::chrono::milliseconds;

[[noreturn]] static void lost(const std::string& what, int error_number) {
  throw ConnectionLost(base::SystemError(what, error_number).what());
}

SocketStream::SocketStream(Loop& loop, base::Fd fd) : fd_(std::move(fd)) {
  watch_.emplace(loop, fd_.get());
}

Task<void> SocketStream::take_turn(Deadline deadline) {
  if (!turn_.is_over()) co_return;
  turn_.renew();
  co_await yield();
  if (Clock::now() >= deadline) throw TimedOut("the connection's time is over");
}

Task<void> SocketStream::wait_readable(Deadline deadline) {
  turn_.renew();
  if (!watch_) throw ConnectionLost("the connection was closed here");
  if (!co_await watch_->readable(deadline)) throw TimedOut("nothing came from the peer in time");
}

Task<void> SocketStream::wait_writable(Deadline deadline) {
  turn_.renew();
  if (!watch_) throw ConnectionLost("the connection was closed here");
  if (!co_await watch_->writable(deadline)) throw TimedOut("the peer did not read in time");
}

Task<size_t> SocketStream::read_some(std::span<char> into, Deadline deadline) {
  if (turn_.is_over()) co_await take_turn(deadline);
  for (;;) {
    ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (got >= 0) {
      turn_.use(static_cast<size_t>(got));
      co_return static_cast<size_t>(got);
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) lost("read", errno);
    turn_.renew();
    if (!co_await watch_->readable(deadline)) throw TimedOut("nothing came from the peer in time");
  }
}

Task<void> SocketStream::write_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (turn_.is_over()) co_await take_turn(deadline);
    ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      turn_.use(static_cast<size_t>(sent));
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      co_await wait_writable(deadline);
    } else if (errno != EINTR) {
      lost("write", errno);
    }
  }
}

Task<void> SocketStream::close() {
  if (!fd_) co_return;
  ::shutdown(fd_.get(), SHUT_WR);
  // Closing over unread bytes resets the connection, and the reset may overtake our last words. A
  // peer that still talks gets a moment to hear them.
  char scrap[4096];
  bool talks = false;
  Deadline deadline = after(milliseconds(250));
  while (Clock::now() < deadline) {
    ssize_t got = ::recv(fd_.get(), scrap, sizeof scrap, 0);
    if (got > 0) {
      talks = true;
    } else if (got == 0 || errno != EAGAIN || !talks || !co_await watch_->readable(deadline)) {
      break;
    }
    if (!watch_) co_return;  // closed by another coroutine meanwhile
  }
  watch_->wake_all();  // another coroutine that still waits finds the descriptor gone
  watch_.reset();
  fd_.reset();
}

void tune_tcp(int fd) noexcept {
  const int on = 1, idle = 180, interval = 30, probes = 4;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

Task<std::unique_ptr<SocketStream>> connect(Loop& loop, Endpoint peer, Deadline deadline,
                                            std::optional<Endpoint> local) {
  const std::string what = "connect to " + peer.text();
  if (!peer) throw ConnectionLost(what + ": not an IP address");
  base::Fd fd(::socket(peer.native()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) lost(what, errno);
  tune_tcp(fd.get());
  if (local && ::bind(fd.get(), local->native(), local->native_size()) < 0) {
    lost(what + " from " + local->text(), errno);
  }
  int raw = fd.get();
  bool waits = false;
  if (::connect(raw, peer.native(), peer.native_size()) < 0) {
    if (errno != EINPROGRESS) lost(what, errno);
    waits = true;
  }
  auto stream = std::make_unique<SocketStream>(loop, std::move(fd));
  while (waits) {
    try {
      co_await stream->wait_writable(deadline);
    } catch (const TimedOut&) {
      throw TimedOut(what + ": no answer in time");
    }
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(raw, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) lost(what, error);
    // A socket that is not yet connected may be reported once, when it is registered.
    waits = !Endpoint::peer_of(raw);
  }
  co_return std::move(stream);
}

Task<base::Fd> open_unix(std::string path, Deadline deadline) {
  const std::string what = "connect to " + path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw ConnectionLost(what + ": a socket's path has 1 to 107 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) lost(what, errno);
  while (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    // A full backlog: Linux reports no event when there is room again.
    if (errno == EINTR) continue;
    if (errno != EAGAIN) lost(what, errno);
    if (Clock::now() >= deadline) throw TimedOut(what + ": no answer in time");
    co_await sleep_until(std::min(deadline, after(milliseconds(10))));
  }
  co_return std::move(fd);
}

Task<std::unique_ptr<SocketStream>> connect_unix(Loop& loop, std::string path, Deadline deadline) {
  co_return std::make_unique<SocketStream>(loop, co_await open_unix(std::move(path), deadline));
}

}  // namespace tegu::io
