#include "io/unix.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "io/loop.h"

namespace tegu::io {

// Of a buffer that is empty: many connections sleep.
static constexpr size_t kept_capacity = 64 * 1024;

UnixChannel::UnixChannel(Loop& loop, base::Fd fd) : fd_(std::move(fd)), watch_(loop, fd_.get()) {}

PeerCredentials UnixChannel::peer() const {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) {
    base::throw_errno("SO_PEERCRED");
  }
  return {credentials.uid, credentials.gid, credentials.pid};
}

void UnixChannel::shutdown() {
  ::shutdown(fd_.get(), SHUT_RDWR);
}

static std::vector<base::Fd> take_descriptors(msghdr& message) {
  std::vector<base::Fd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

// What has come goes into the buffer; false: nothing has.
bool UnixChannel::receive_now() {
  char bytes[65536];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * descriptor_limit)];
  iovec part{bytes, sizeof bytes};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  do {
    got = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return false;
  if (got < 0) throw ConnectionLost(base::SystemError("read", errno).what());
  auto fds = take_descriptors(message);
  if (message.msg_flags & MSG_CTRUNC) {
    throw ConnectionLost("the peer passed too many descriptors, or none is free here");
  }
  ended_ = got == 0;
  buffer_.append(bytes, static_cast<size_t>(got));
  // The kernel ends a read after the bytes that descriptors were sent with: they belong to the
  // line of the last byte.
  for (auto& fd : fds) passed_.push_back({buffer_.size() - 1, std::move(fd)});
  return true;
}

Task<void> UnixChannel::receive(Deadline deadline) {
  while (!receive_now()) {
    if (!co_await watch_.readable(deadline)) throw TimedOut("no line came in time");
  }
}

// Forgets what was read; it may have been a secret.
void UnixChannel::drop_read() {
  if (begin_ == 0) return;
  if (begin_ < buffer_.size()) {
    buffer_.erase(0, begin_);
  } else {
    base::wipe(buffer_);
    buffer_.clear();
    if (buffer_.capacity() > kept_capacity) buffer_.shrink_to_fit();
  }
  searched_ -= begin_;
  for (auto& passed : passed_) passed.at -= begin_;
  begin_ = 0;
}

Task<std::optional<UnixChannel::Line>> UnixChannel::read_line(Deadline deadline) {
  for (;;) {
    size_t lf = buffer_.find('\n', searched_);
    if (lf - begin_ > line_limit && buffer_.size() - begin_ > line_limit) {
      throw LineTooLong("a line of over 1 MiB from the peer");
    }
    if (lf != std::string::npos) {
      Line line{buffer_.substr(begin_, lf - begin_), {}};
      while (!passed_.empty() && passed_.front().at <= lf) {
        line.fds.push_back(std::move(passed_.front().fd));
        passed_.pop_front();
      }
      begin_ = searched_ = lf + 1;
      if (begin_ == buffer_.size()) drop_read();
      if (line.fds.size() > descriptor_limit) {
        throw ConnectionLost("the peer passed too many descriptors with one line");
      }
      co_return line;
    }
    searched_ = buffer_.size();
    drop_read();
    if (passed_.size() > descriptor_limit) {
      throw ConnectionLost("the peer passed too many descriptors with one line");
    }
    if (!ended_) co_await receive(deadline);
    if (ended_ && searched_ == buffer_.size()) {
      if (!buffer_.empty()) throw ConnectionLost("the peer ended in the middle of a line");
      co_return std::nullopt;
    }
  }
}

Task<std::string> UnixChannel::read_octets(size_t count, Deadline deadline) {
  while (buffer_.size() - begin_ < count) {
    drop_read();
    if (ended_) throw ConnectionLost("the peer ended in the middle of its octets");
    co_await receive(deadline);
  }
  std::string octets = buffer_.substr(begin_, count);
  begin_ = searched_ = begin_ + count;
  if (begin_ == buffer_.size()) drop_read();
  co_return octets;
}

ssize_t UnixChannel::send_once(std::string_view bytes, int fd) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  return ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
}

Task<void> UnixChannel::write_line(std::string line, int fd, Deadline deadline) {
  if (line.find('\n') != std::string::npos) bug("a line with a line feed in it");
  if (line.size() > line_limit) throw LineTooLong("a line of over 1 MiB to the peer");
  line += '\n';
  return write(std::move(line), fd, deadline);
}

Task<void> UnixChannel::write(std::string bytes, int fd, Deadline deadline) {
  auto permit = co_await writing_.acquire(deadline);
  if (!permit) throw TimedOut("the peer did not read in time");
  std::string_view rest = bytes;
  struct Guard {
    UnixChannel& channel;
    bool partial = false;
    ~Guard() {
      if (partial) channel.shutdown();
    }
  } guard{*this};
  while (!rest.empty()) {
    ssize_t sent = send_once(rest, fd);
    if (sent > 0) {
      rest.remove_prefix(static_cast<size_t>(sent));
      fd = -1;  // it went with the first bytes
      guard.partial = !rest.empty();
    } else if (errno == EAGAIN) {
      if (!co_await watch_.writable(deadline)) throw TimedOut("the peer did not read in time");
    } else if (errno != EINTR) {
      throw ConnectionLost(base::SystemError("write", errno).what());
    }
  }
}

}  // namespace tegu::io
