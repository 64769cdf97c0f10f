#include "connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <exception>

#include "base/text.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

// RFC 9051 5.4 leaves it to us; a client that takes nothing for so long is gone.
io::Deadline write_deadline() {
  return io::after(std::chrono::minutes(5));
}

}  // namespace

Connection::Connection(io::Loop& loop, std::unique_ptr<io::Stream> stream, int socket)
    : loop_(loop),
      socket_(socket),
      stream_(std::move(stream)),
      reader_(*stream_, 16 * 1024),
      framer_(Limits::before_login()) {}

io::Task<std::optional<Frame>> Connection::next(io::Deadline deadline, Wait wait) {
  while (true) {
    std::string_view input = reader_.view();
    size_t before = input.size();
    Frame frame = framer_.next(input);
    reader_.consume(before - input.size());
    if (std::holds_alternative<NeedLiteral>(frame)) {
      out_ += "+ Go on\r\n";
      continue;
    }
    if (!std::holds_alternative<NeedMore>(frame)) co_return frame;
    co_await flush();
    if (out_.capacity() > kept_when_idle) base::release(out_);
    if (!framer_.idle()) acknowledge_quickly();
    bool more = wait == Wait::interruptible ? co_await fill_until_interrupted(deadline)
                                            : co_await reader_.fill(deadline);
    if (!more) co_return std::nullopt;
  }
}

// A client that writes a literal and its line end apart waits for our acknowledgement between them
// (Nagle), which the kernel holds back for 40 ms in the hope that we have something to say.
void Connection::acknowledge_quickly() const {
  int on = 1;
  if (socket_ >= 0) (void)::setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

// The read runs in a scope of its own, so that it can be cancelled without the session.
io::Task<bool> Connection::fill_until_interrupted(io::Deadline deadline) {
  if (interrupted_) co_return false;
  bool more = false;
  io::Scope scope(loop_);
  scope.spawn(fill_into(more, deadline));
  reading_ = &scope;
  std::exception_ptr error;
  try {
    co_await scope.join();
  } catch (...) {
    error = std::current_exception();
  }
  reading_ = nullptr;
  if (error) std::rethrow_exception(error);
  co_return more;
}

io::Task<void> Connection::fill_into(bool& more, io::Deadline deadline) {
  more = co_await reader_.fill(deadline);
}

void Connection::interrupt() {
  interrupted_ = true;
  if (reading_ != nullptr) reading_->cancel();
}

io::Task<void> Connection::drain() {
  if (out_.size() >= drain_at) co_await flush();
}

io::Task<void> Connection::flush() {
  if (out_.empty()) co_return;
  std::string bytes = std::move(out_);
  out_.clear();
  sent_ += bytes.size();
  co_await stream_->write_all(bytes, write_deadline());
  bytes.clear();
  // For the next piece of the answer.
  if (bytes.capacity() <= 2 * drain_at && out_.empty()) out_ = std::move(bytes);
}

io::Task<void> Connection::write(std::string_view bytes) {
  co_await flush();
  sent_ += bytes.size();
  co_await stream_->write_all(bytes, write_deadline());
}

std::unique_ptr<io::Stream> Connection::release_stream() {
  reader_.consume(reader_.view().size());
  framer_ = Framer(Limits::before_login());
  return std::move(stream_);
}

void Connection::resume(std::unique_ptr<io::Stream> stream) {
  stream_ = std::move(stream);
  reader_.reset(*stream_);
}

io::Task<void> Connection::close() {
  if (stream_) co_await stream_->close();
}

}  // namespace tegu::imapd
