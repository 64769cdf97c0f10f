#include "io/listener.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "io/loop.h"
#include "io/seldom.h"
#include "io/socket.h"

namespace tegu::io {

static base::Fd open_spare() {
  return base::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static base::Fd ready_to_watch(base::Fd fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  if (Endpoint::local_of(fd.get())) tune_tcp(fd.get());
  return fd;
}

Listener::Listener(Loop& loop, base::Fd listening, std::chrono::milliseconds pause)
    : listening_(ready_to_watch(std::move(listening))),
      watch_(loop, listening_.get()),
      pause_(pause),
      spare_(open_spare()) {}

Listener::Outcome Listener::accept_one(const std::function<void(base::Fd, Endpoint)>& accepted) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  auto* address = reinterpret_cast<sockaddr*>(&from);
  base::Fd fd(::accept4(listening_.get(), address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd) {
    accepted(std::move(fd), Endpoint(address, length));
    return Outcome::accepted;
  }
  switch (errno) {
    case EAGAIN:
      return Outcome::nothing;
    case EMFILE:
    case ENFILE:
      return turn_away();
    case ENOBUFS:
    case ENOMEM:
      return Outcome::exhausted;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
    case EFAULT:
      base::throw_errno("accept");
    default:  // accept(2): the connection's own trouble (ECONNABORTED, EPROTO, EPERM ...)
      return Outcome::accepted;
  }
}

Listener::Outcome Listener::turn_away() {
  // Linux looks for a free descriptor first: EMFILE does not say that anybody waits.
  if (!spare_) spare_ = open_spare();
  if (!spare_) return Outcome::exhausted;
  spare_.reset();
  base::Fd unlucky(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const bool nobody = !unlucky && errno == EAGAIN;
  if (unlucky) refused_++;
  unlucky.reset();
  spare_ = open_spare();
  return nobody ? Outcome::nothing : Outcome::exhausted;
}

Task<void> Listener::run(std::function<void(base::Fd, Endpoint)> accepted) {
  constexpr int at_once = 64;
  Seldom exhausted;
  for (;;) {
    Outcome outcome = Outcome::accepted;
    for (int i = 0; i < at_once && outcome == Outcome::accepted; i++) {
      outcome = accept_one(accepted);
    }
    if (outcome == Outcome::nothing) {
      co_await watch_.readable(never);
    } else if (outcome == Outcome::accepted) {
      co_await yield();
    } else {
      pauses_++;
      if (exhausted.happened(Clock::now())) {
        base::log::warn("listener.exhausted", {{"socket", local().text()}, {"refused", refused_}});
      }
      co_await sleep_for(pause_);
    }
  }
}

base::Fd listen_tcp(const Endpoint& endpoint, int backlog) {
  const std::string what = "listen on " + endpoint.text();
  base::Fd fd(
      ::socket(endpoint.native()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) base::throw_errno(what);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (endpoint.is_v6()) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), endpoint.native(), endpoint.native_size()) < 0 ||
      ::listen(fd.get(), backlog) < 0) {
    base::throw_errno(what);
  }
  return fd;
}

static gid_t group_id(const std::string& group) {
  char buffer[4096];
  ::group entry{};
  ::group* found = nullptr;
  ::getgrnam_r(group.c_str(), &entry, buffer, sizeof buffer, &found);
  if (!found) throw base::UsageError("there is no group " + group);
  return found->gr_gid;
}

// Somebody may still listen on it: only a socket that refuses connections is dead.
static void remove_dead_socket(const sockaddr_un& address) {
  const std::string path = address.sun_path;
  struct stat status{};
  if (::lstat(path.c_str(), &status) < 0) return;
  if (!S_ISSOCK(status.st_mode)) throw base::UsageError(path + " is in the way: not a socket");
  base::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    throw base::UsageError("another process listens on " + path);
  }
  ::unlink(path.c_str());
}

base::Fd listen_unix(const std::string& path, unsigned mode, const std::string& group,
                     int backlog) {
  const std::string what = "listen on " + path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw base::UsageError(what + ": a socket's path has 1 to 107 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  remove_dead_socket(address);
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) base::throw_errno(what);
  // Linux gives the file the socket's own mode: closed to others until everything is right.
  ::fchmod(fd.get(), 0600 & mode);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    base::throw_errno(what);
  }
  if (!group.empty() && ::chown(path.c_str(), static_cast<uid_t>(-1), group_id(group)) < 0) {
    base::throw_errno(what + " for group " + group);
  }
  if (::chmod(path.c_str(), mode) < 0 || ::listen(fd.get(), backlog) < 0) base::throw_errno(what);
  return fd;
}

std::vector<std::pair<std::string, base::Fd>> systemd_sockets() {
  char** names = nullptr;
  int count = ::sd_listen_fds_with_names(1, &names);
  if (count < 0) throw base::SystemError("sockets from systemd", -count);
  std::vector<std::pair<std::string, base::Fd>> sockets;
  for (int i = 0; i < count; i++) {
    int fd = SD_LISTEN_FDS_START + i;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    sockets.emplace_back(names && names[i] ? names[i] : "", base::Fd(fd));
    if (names) std::free(names[i]);
  }
  std::free(names);
  return sockets;
}

}  // namespace tegu::io
