#include "server.h"

#include <sys/socket.h>

#include "base/log.h"
#include "io/listener.h"
#include "io/socket.h"
#include "net/dns/settings.h"

namespace tegu::smtpd {
namespace {

using namespace std::chrono_literals;

const Service services[] = {{Kind::mx, false, "smtp"},
                            {Kind::submission, false, "submission"},
                            {Kind::submission, true, "submissions"},
                            {Kind::lmtp, false, "lmtp"}};

// The policy is made anew at most so often: a change of settings is seen soon, and a connection
// costs no look-ups.
constexpr auto policy_age = 1s;

}  // namespace

// One connection: its session, and what runs beside it.
struct Server::Live {
  Live(Server& server, Service service, io::Endpoint peer, std::unique_ptr<io::Stream> stream)
      : list(server.live_),
        scope(server.runtime_.loop),
        session(server.context_, std::move(service), peer, std::move(stream), scope),
        place(list.insert(list.end(), this)) {}
  ~Live() { list.erase(place); }
  Live(const Live&) = delete;

  std::list<Live*>& list;
  io::Scope scope;
  Session session;
  base::WallTime since = base::wall_now();
  std::list<Live*>::iterator place;
};

Server::Server(daemon::Runtime& runtime, Admission& admission)
    : runtime_(runtime),
      admission_(admission),
      metrics_(runtime.metrics),
      router_(runtime.loop, runtime.conf.run_dir),
      queue_(runtime.loop, runtime.conf.run_dir),
      resolver_(runtime.loop, net::dns::read_settings(runtime.settings(), false)),
      router_socket_(router_),
      queue_socket_(queue_),
      names_(resolver_),
      tls_(runtime),
      context_{[this] { return fresh_policy(); },
               router_socket_,
               queue_socket_,
               &names_,
               tls_,
               metrics_,
               runtime.conf.state_dir},
      sessions_(runtime.loop) {
  runtime_.sessions = [this] { return list_sessions(); };
}

io::Task<void> Server::run() {
  io::Scope background(runtime_.loop);
  co_await background.enclose(serve(background));
  runtime_.sessions = nullptr;
}

io::Task<void> Server::serve(io::Scope& background) {
  background.spawn(router_.run());
  background.spawn(queue_.run());
  co_await sessions_.enclose(accept_until_drained());
}

io::Task<void> Server::accept_until_drained() {
  {
    io::Scope doors(runtime_.loop);
    co_await doors.enclose(keep_doors_open(doors));
  }
  drain();
  co_await sessions_.join();
}

namespace {

io::Task<void> run_listener(io::Loop& loop, base::Fd listening,
                            std::function<void(base::Fd, io::Endpoint)> accepted) {
  io::Listener listener(loop, std::move(listening));
  co_await listener.run(std::move(accepted));
}

}  // namespace

io::Task<void> Server::keep_doors_open(io::Scope& doors) {
  for (const Service& service : services) {
    for (base::Fd& fd : runtime_.listeners(service.name)) {
      doors.spawn(run_listener(runtime_.loop, std::move(fd),
                               [this, &service](base::Fd accepted, io::Endpoint peer) {
                                 admit(std::move(accepted), peer, service);
                               }));
    }
  }
  co_await runtime_.draining.wait();
}

void Server::admit(base::Fd fd, io::Endpoint peer, const Service& service) {
  auto policy = fresh_policy();
  auto entered = admission_.enter(peer, policy->connections, policy->connections_per_address);
  if (entered.place) {
    sessions_.spawn(connection(std::move(fd), peer, service, std::move(*entered.place)));
    return;
  }
  metrics_.refused_connections.add();
  bool full = entered.answer == Admission::Answer::full;
  if (auto others = refusals_.happened(io::Clock::now()))
    base::log::info("smtp.connection_refused",
                    {{"service", service.name},
                     {"peer", peer.address()},
                     {"why", full ? "smtp.connection_limit" : "smtp.connections_per_address"},
                     {"others", *others}});
  if (service.implicit_tls) return;
  std::string reply = wire::smtp::format(
      {421, full ? "4.3.2" : "4.7.0", policy->hostname + " Error: too many connections"});
  // The socket is new and its buffer empty: this does not block, and who does not read it is gone.
  static_cast<void>(send(fd.get(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

io::Task<void> Server::connection(base::Fd fd, io::Endpoint peer, Service service,
                                  [[maybe_unused]] Admission::Place place) {
  try {
    co_await hold_session(std::move(fd), peer, std::move(service));
  } catch (const io::Cancelled&) {
    throw;
  } catch (const io::ConnectionLost& error) {
    base::log::debug("smtp.handshake_failed", {{"peer", peer.address()}, {"error", error.what()}});
  } catch (const io::TimedOut& error) {
    base::log::debug("smtp.handshake_failed", {{"peer", peer.address()}, {"error", error.what()}});
  } catch (const std::exception& error) {
    // A fault in one session ends that session, never its neighbours.
    base::log::error("smtp.session_failed", {{"peer", peer.address()}, {"error", error.what()}});
  }
}

io::Task<void> Server::hold_session(base::Fd fd, io::Endpoint peer, Service service) {
  std::unique_ptr<io::Stream> stream =
      std::make_unique<io::SocketStream>(runtime_.loop, std::move(fd));
  if (service.implicit_tls)
    stream = co_await tls_.accept(std::move(stream), service.name, io::after(10s));
  Live live(*this, std::move(service), peer, std::move(stream));
  if (runtime_.draining.is_set()) live.session.drain();
  live.scope.spawn(converse(live));
  co_await live.scope.join();
  co_await live.session.say_goodbye();
}

io::Task<void> Server::converse(Live& live) {
  co_await live.session.run();
  live.scope.cancel();  // the reverse look-up is of no use any more
}

void Server::drain() {
  for (Live* live : live_) {
    live->session.drain();
    if (live->session.idle()) live->scope.cancel();
  }
}

std::shared_ptr<const Policy> Server::fresh_policy() {
  io::Deadline now = io::Clock::now();
  if (!policy_ || now >= policy_until_) {
    policy_ = std::make_shared<const Policy>(read_policy(runtime_.settings()));
    policy_until_ = now + policy_age;
    net::dns::follow_settings(resolver_, runtime_.settings(), false);
  }
  return policy_;
}

std::vector<daemon::Session> Server::list_sessions() const {
  std::vector<daemon::Session> list;
  for (const Live* live : live_) {
    list.push_back({.id = live->session.id(),
                    .service = live->session.service().name,
                    .peer = live->session.peer().text(),
                    .login = live->session.login(),
                    .state = live->session.describe(),
                    .since = live->since});
  }
  return list;
}

io::Task<void> serve(daemon::Runtime& runtime, Admission& admission) {
  Server server(runtime, admission);
  co_await server.run();
}

}  // namespace tegu::smtpd
