// Session: lines in, replies out. Replies are gathered while pipelined commands wait in the input
// buffer, and sent before we wait for more (RFC 2920 3.2).
#include <algorithm>

#include "base/log.h"
#include "session.h"

namespace tegu::smtpd {

using wire::smtp::LineFramer;
using wire::smtp::Reply;

namespace {

constexpr size_t most_discarded = 64 * 1024;  // of an endless line
constexpr size_t most_gathered = 16 * 1024;   // of replies

}  // namespace

io::Deadline Session::command_deadline() const {
  io::Deadline deadline = io::after(policy_->command_timeout);
  return is_stranger() ? std::min(deadline, stranger_deadline_) : deadline;
}

io::Task<std::optional<std::string>> Session::read_line(size_t limit) {
  for (;;) {
    auto step = framer_.feed(input_.view(), limit);
    std::string line(step.line);
    input_.consume(step.consumed);
    switch (step.status) {
      case LineFramer::Status::line:
        co_return std::move(line);
      case LineFramer::Status::bare_line_end:
        close_with({500, "5.5.2", "Lines must end with CRLF"});
        co_return std::nullopt;
      case LineFramer::Status::too_long:
        co_await reply({500, "5.5.2", "Line too long"});
        if (closing_) co_return std::nullopt;
        continue;
      case LineFramer::Status::need_more:
        break;
    }
    if (framer_.discarded() > most_discarded) {
      close_with({500, "5.5.2", "Line too long"});
      co_return std::nullopt;
    }
    co_await flush();
    idle_ = true;
    bool more = co_await input_.fill(command_deadline());
    idle_ = false;
    if (!more) {
      dead_ = true;
      co_return std::nullopt;
    }
  }
}

io::Task<void> Session::fill(io::Deadline deadline) {
  if (!co_await input_.fill(deadline))
    throw io::ConnectionLost("the peer ended in the middle of a letter");
}

io::Task<void> Session::reply(Reply reply) {
  if (reply.permanent()) ++errors_;
  if (errors_ >= policy_->hard_errors && !is_lmtp()) {
    close_with({421, "4.7.0", policy_->hostname + " Error: too many errors"});
    base::log::info("smtp.too_many_errors", {{"session", id_}, {"peer", hop_.peer.address()}});
    co_return;
  }
  if (reply.permanent() && errors_ > policy_->soft_errors) {
    co_await flush();
    co_await io::sleep_for(policy_->error_delay);
  }
  queue_reply(reply);
  if (output_.size() > most_gathered) co_await flush();
}

void Session::queue_reply(const Reply& reply) {
  if (base::log::enabled(base::log::Level::debug))
    base::log::debug("smtp.reply", {{"session", id_}, {"reply", reply.line()}});
  output_ += format(reply);
}

io::Task<void> Session::flush() {
  if (output_.empty()) co_return;
  std::string bytes = std::exchange(output_, {});
  co_await stream_->write_all(bytes, io::after(policy_->command_timeout));
}

void Session::close_with(const Reply& reply) {
  queue_reply(reply);
  closing_ = true;
}

}  // namespace tegu::smtpd
