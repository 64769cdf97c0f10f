#include "net/peer/server.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/text.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/scope.h"
#include "wire/peer/line.h"

namespace tegu::net::peer {

using namespace std::chrono_literals;
using wire::peer::Failure;

constexpr auto greeting_patience = 10s;
constexpr auto write_patience = 60s;
constexpr auto octets_patience = 60s;
constexpr size_t most_unsent = 256 * 1024;  // octets of answers

struct Server::Connection {
  io::UnixChannel& channel;
  io::PeerCredentials peer;
  io::Scope answers;
  io::Semaphore in_flight;
  std::string unsent = {};  // lines of answers
  bool sending = false;
  io::Signal sent = {};
};

struct Server::Asked {
  wire::peer::Call call;
  Json body;
  std::vector<base::Fd> fds;
  std::string octets;
};

Server::Server(io::Loop& loop, ServerConfig config) : loop_(loop), config_(std::move(config)) {}

void Server::on(std::string op, Handler handler) {
  if (!handlers_.emplace(std::move(op), std::move(handler)).second) bug("peer: operation twice");
}

static io::Task<void> cancel_when(io::Event& event, io::Scope& scope) {
  co_await event.wait();
  scope.cancel();
}

void Server::accepted(io::Scope& peers, base::Fd connection, io::Event& draining) {
  if (connections_ >= config_.most_connections) {
    base::log::warn("peer.refused", {{"protocol", config_.protocol}, {"reason", "too many"}});
    return;
  }
  peers.spawn(serve(std::move(connection), draining));
}

io::Task<void> Server::run(base::Fd listening, io::Event& draining) {
  io::Scope peers(loop_);
  co_await peers.enclose(accept_and_finish(std::move(listening), peers, draining));
}

io::Task<void> Server::accept_and_finish(base::Fd listening, io::Scope& peers,
                                         io::Event& draining) {
  io::Listener listener(loop_, std::move(listening));
  io::Scope accepting(loop_);
  accepting.spawn(cancel_when(draining, accepting));
  accepting.spawn(listener.run([&](base::Fd connection, const io::Endpoint&) {
    accepted(peers, std::move(connection), draining);
  }));
  co_await accepting.join();
  co_await peers.join();
}

io::Task<void> Server::serve(base::Fd fd, io::Event& draining) {
  struct Count {
    size_t& count;
    explicit Count(size_t& count) : count(count) { count++; }
    ~Count() { count--; }
  } count(connections_);
  try {
    io::UnixChannel channel(loop_, std::move(fd));
    co_await converse(channel, draining);
  } catch (const base::Error& error) {
    base::log::debug("peer.lost", {{"protocol", config_.protocol}, {"error", error.what()}});
  }
}

io::Task<void> Server::converse(io::UnixChannel& channel, io::Event& draining) {
  auto peer = channel.peer();
  if (!config_.allowed.admits(peer.uid, peer.gid)) {
    base::log::warn("peer.refused", {{"protocol", config_.protocol},
                                     {"reason", "user is not in the group"},
                                     {"uid", peer.uid},
                                     {"pid", peer.pid}});
    co_return;
  }
  co_await channel.write_line(wire::peer::format_greeting(config_.protocol, config_.version), -1,
                              io::after(greeting_patience));
  auto greeting = co_await channel.read_line(io::after(greeting_patience));
  if (!greeting) co_return;
  auto refusal = wire::peer::refuse_greeting(greeting->text, config_.protocol, config_.version);
  if (refusal) {
    base::log::warn("peer.refused", {{"protocol", config_.protocol}, {"reason", *refusal}});
    co_return;
  }
  Connection connection{channel, peer, io::Scope(loop_), io::Semaphore(config_.most_in_flight)};
  co_await connection.answers.enclose(read_and_finish(connection, draining));
}

io::Task<void> Server::read_requests(Connection& connection, io::Scope& reading) {
  for (;;) {
    auto permit = co_await connection.in_flight.acquire();
    auto line = co_await connection.channel.read_line(io::never);
    if (!line) break;
    auto request = wire::peer::parse_line(line->text);
    base::wipe(line->text);  // it may hold a password
    if (!request) throw io::ConnectionLost("request: " + request.error());
    auto call = wire::peer::decode_call(*request);
    if (!call) throw io::ConnectionLost("request: " + call.error());
    Asked asked{std::move(*call), *std::move(request), std::move(line->fds), {}};
    if (asked.call.octets > 0) {
      asked.octets = co_await connection.channel.read_octets(static_cast<size_t>(asked.call.octets),
                                                             io::after(octets_patience));
    }
    connection.answers.spawn(answer(connection, std::move(asked), std::move(permit)));
  }
  reading.cancel();
}

// Reads until the peer ends or we drain; what was asked is finished and answered in both cases.
io::Task<void> Server::read_and_finish(Connection& connection, io::Event& draining) {
  io::Scope reading(loop_);
  reading.spawn(cancel_when(draining, reading));
  reading.spawn(read_requests(connection, reading));
  co_await reading.join();
  co_await connection.answers.join();
}

io::Task<void> Server::answer(Connection& connection, Asked asked,
                              io::Semaphore::Permit /*held until the end*/) {
  const wire::peer::Call& call = asked.call;
  Json reply;
  try {
    auto handler = handlers_.find(call.op);
    if (handler == handlers_.end()) {
      throw Refused(Failure::bad_request, "unknown operation: " + call.op);
    }
    Request request{asked.body, std::move(asked.fds), connection.peer, std::move(asked.octets)};
    reply = wire::peer::success(call.id, co_await handler->second(request));
  } catch (const Refused& refused) {
    reply = wire::peer::failed(call.id, refused.failure(), refused.what());
  } catch (const base::Error& error) {
    base::log::warn("peer.failed",
                    {{"protocol", config_.protocol}, {"op", call.op}, {"error", error.what()}});
    reply = wire::peer::failed(call.id, Failure::temporary, error.what());
  }
  co_await send(connection, wire::peer::format_line(reply));
}

// The answers of all who are ready together go in one write: what shares a commit ends at once.
io::Task<void> Server::send(Connection& connection, std::string line) {
  while (connection.unsent.size() > most_unsent) co_await connection.sent.wait();
  connection.unsent += line;
  connection.unsent += '\n';
  if (connection.sending) co_return;
  connection.sending = true;
  co_await io::yield();
  try {
    while (!connection.unsent.empty()) {
      co_await connection.channel.write(std::exchange(connection.unsent, {}), -1,
                                        io::after(write_patience));
      connection.sent.notify_all();
    }
  } catch (const base::Error&) {
    connection.channel.shutdown();  // the reader sees it and ends the conversation
  }
  connection.unsent.clear();
  connection.sending = false;
  connection.sent.notify_all();
}

}  // namespace tegu::net::peer
