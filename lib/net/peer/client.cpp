#include "net/peer/client.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "io/loop.h"
#include "io/scope.h"
#include "io/socket.h"
#include "io/unix.h"

namespace tegu::net::peer {

using namespace std::chrono_literals;
using wire::peer::Outcome;

constexpr auto connect_patience = 2s;
constexpr auto greeting_patience = 5s;
constexpr auto write_patience = 60s;
constexpr size_t parcel_size = 64 * 1024;

struct Client::Pending {
  std::string bytes;  // the line, and the octets behind it
  int fd;
  bool sent = false;
  bool lost = false;  // the connection died after it was sent
  std::optional<Outcome> outcome;
  Json answer;
  io::Event woken;
};

// In pending_ for as long as its call waits.
class Client::Registered {
 public:
  Registered(Client& client, int64_t id, Pending& pending) : client_(client), id_(id) {
    client_.pending_[id] = &pending;
    client_.unsent_.push_back(id);
    client_.asked_.notify_all();
  }
  Registered(const Registered&) = delete;
  ~Registered() {
    client_.pending_.erase(id_);
    std::erase(client_.unsent_, id_);
  }

 private:
  Client& client_;
  int64_t id_;
};

Client::Client(io::Loop& loop, ClientConfig config) : loop_(loop), config_(std::move(config)) {}

// True when it was answered, false when the connection died after it was sent.
io::Task<bool> Client::ask(Pending& pending, io::Deadline deadline) {
  auto patience = std::min(deadline, io::after(config_.patience));
  bool woken = co_await pending.woken.wait(patience);
  // On a connection that lives it only waits for its turn behind others.
  while (!woken && !pending.sent && connected_ && io::Clock::now() < deadline) {
    woken = co_await pending.woken.wait(std::min(deadline, io::after(config_.patience)));
  }
  if (!woken && !pending.sent) {
    throw Unavailable(
        fmt::format("{}: {}", config_.path, connected_ ? "busy with others" : last_error_));
  }
  if (!woken && !co_await pending.woken.wait(deadline)) {
    throw OutcomeUnknown(fmt::format("{}: no answer in time", config_.path));
  }
  co_return !pending.lost;
}

io::Task<Json> Client::call(Json request, Enclosure enclosure, io::Deadline deadline,
                            Repeat repeat) {
  if (enclosure.octets.size() > wire::peer::max_octets) bug("peer: too many octets for a line");
  if (!enclosure.octets.empty()) request["octets"] = enclosure.octets.size();
  for (;;) {
    if (pending_.size() >= config_.most_in_flight) {
      throw Unavailable(fmt::format("{}: {} calls in flight", config_.path, pending_.size()));
    }
    int64_t id = next_id_++;
    request["id"] = id;
    Pending pending{.bytes = wire::peer::format_line(request),
                    .fd = enclosure.fd,
                    .outcome = {},
                    .answer = {},
                    .woken = {}};
    if (pending.bytes.size() > wire::peer::max_line) {
      throw Refused(wire::peer::Failure::bad_request, "the request is longer than 1 MiB");
    }
    pending.bytes += '\n';
    pending.bytes += enclosure.octets;
    Registered registered(*this, id, pending);
    if (co_await ask(pending, deadline)) {
      if (!pending.outcome->failure) co_return std::move(pending.answer);
      throw Refused(*pending.outcome->failure, pending.outcome->text);
    }
    if (repeat == Repeat::never || io::Clock::now() >= deadline) {
      throw OutcomeUnknown(fmt::format("{}: {}", config_.path, last_error_));
    }
  }
}

io::Task<void> Client::run() {
  auto pause = 20ms;
  for (;;) {
    while (unsent_.empty()) co_await asked_.wait();
    auto begun = io::Clock::now();
    try {
      co_await talk();
    } catch (const base::Error& error) {
      connected_ = false;
      if (last_error_ != error.what()) {
        base::log::warn("peer.lost", {{"socket", config_.path}, {"error", error.what()}});
      }
      last_error_ = error.what();
    }
    give_up_sent();
    // A daemon that restarts is back within milliseconds; one that is down is not hammered.
    pause = io::Clock::now() - begun > 5s ? 20ms
                                          : std::min<std::chrono::milliseconds>(pause * 2, 500ms);
    co_await io::sleep_for(pause);
  }
}

io::Task<void> Client::talk() {
  base::Fd fd = co_await io::open_unix(config_.path, io::after(connect_patience));
  io::UnixChannel channel(loop_, std::move(fd));
  co_await channel.write_line(wire::peer::format_greeting(config_.protocol, config_.version), -1,
                              io::after(greeting_patience));
  auto greeting = co_await channel.read_line(io::after(greeting_patience));
  if (!greeting) throw io::ConnectionLost("closed before its greeting: not allowed to ask?");
  auto refusal = wire::peer::refuse_greeting(greeting->text, config_.protocol, config_.version);
  if (refusal) throw io::ConnectionLost(*refusal);
  connected_ = true;
  last_error_.clear();
  io::Scope both(loop_);
  both.spawn(write_requests(channel));
  co_await both.enclose(read_answers(channel));
}

// What goes in one send.
struct Client::Parcel {
  std::string bytes;
  base::Fd fd;
};

// The oldest request; with those behind it when no descriptor is to travel.
Client::Parcel Client::next_parcel() {
  Parcel parcel;
  do {
    Pending& pending = *pending_.at(unsent_.front());
    if (pending.fd >= 0 && !parcel.bytes.empty()) break;
    unsent_.pop_front();
    pending.sent = true;
    // Copies: the call may give up, and close its descriptor, while we write.
    parcel.bytes += pending.bytes;
    pending.bytes = {};
    if (pending.fd >= 0) {
      parcel.fd.reset(::fcntl(pending.fd, F_DUPFD_CLOEXEC, 0));
      if (!parcel.fd) base::throw_errno("copy of a descriptor");
    }
  } while (!unsent_.empty() && !parcel.fd && parcel.bytes.size() < parcel_size);
  return parcel;
}

io::Task<void> Client::write_requests(io::UnixChannel& channel) {
  for (;;) {
    while (unsent_.empty()) co_await asked_.wait();
    Parcel parcel = next_parcel();
    try {
      co_await channel.write(std::move(parcel.bytes), parcel.fd.get(), io::after(write_patience));
    } catch (const base::Error&) {
      channel.shutdown();  // the reader sees it and ends the conversation
      co_return;
    }
  }
}

io::Task<void> Client::read_answers(io::UnixChannel& channel) {
  for (;;) {
    auto line = co_await channel.read_line(io::never);
    if (!line) throw io::ConnectionLost("the daemon closed the connection");
    take_answer(line->text);
  }
}

void Client::take_answer(std::string_view line) {
  auto answer = wire::peer::parse_line(line);
  if (!answer) throw io::ConnectionLost("answer: " + answer.error());
  auto outcome = wire::peer::decode_outcome(*answer);
  if (!outcome) throw io::ConnectionLost("answer: " + outcome.error());
  auto found = pending_.find(outcome->id);
  if (found == pending_.end()) {
    if (outcome->id < next_id_) return;  // its call gave up
    throw io::ConnectionLost("answer to a question that was never asked");
  }
  Pending& pending = *found->second;
  if (pending.woken.is_set()) return;
  pending.outcome = *std::move(outcome);
  pending.answer = *std::move(answer);
  pending.woken.set();
}

void Client::give_up_sent() {
  for (auto& [id, pending] : pending_) {
    if (!pending->sent || pending->woken.is_set()) continue;
    pending->lost = true;
    pending->woken.set();
  }
}

}  // namespace tegu::net::peer
