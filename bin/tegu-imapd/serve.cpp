#include "serve.h"

#include <set>

#include "base/log.h"
#include "guests.h"
#include "io/listener.h"
#include "io/scope.h"
#include "io/seldom.h"
#include "io/socket.h"
#include "model/mailbox/changed.h"
#include "model_store.h"
#include "router_world.h"
#include "session.h"

namespace tegu::imapd {

namespace {

SessionMetrics make_metrics(base::Registry& registry) {
  auto commands = [&](const char* result) {
    return registry.counter("tegu_imap_commands_total", "IMAP commands answered",
                            {{"result", result}});
  };
  auto logins = [&](const char* result) {
    return registry.counter("tegu_imap_logins_total", "Logins tried", {{"result", result}});
  };
  return {commands("ok"), commands("no"), commands("bad"), logins("ok"), logins("refused")};
}

// Fields of log lines would live in the frames of coroutines as long as these do: functions of
// their own keep them out.
void tell_refused(const io::Endpoint& peer, io::Seldom& seldom) {
  if (auto others = seldom.happened(io::Clock::now()))
    base::log::warn("imap.too_many_connections", {{"peer", peer.text()}, {"others", *others}});
}
void tell_lost(const io::Endpoint& peer, const std::exception& error) {
  base::log::info("imap.lost", {{"peer", peer.text()}, {"why", error.what()}});
}

class Server {
 public:
  Server(daemon::Runtime& runtime, Common& common)
      : runtime_(runtime),
        world_(runtime),
        background_(runtime.loop),
        sessions_(runtime.loop),
        store_(runtime.database, runtime.workers, world_, common.gatherings, common.digests,
               sessions_),
        views_(store_, common.views, background_),
        metrics_(make_metrics(runtime.metrics)),
        connected_(runtime.metrics.gauge("tegu_imap_sessions", "Connected clients")),
        guests_(common.guests) {}

  io::Task<void> run() {
    background_.spawn(world_.run());
    background_.spawn(hear_changes());
    background_.spawn(views_.poll(std::chrono::seconds(30)));
    runtime_.sessions = [this] { return list(); };
    io::Scope doors(runtime_.loop);
    std::exception_ptr error;
    try {
      open_doors(doors, "imap");
      open_doors(doors, "imaps");
      co_await runtime_.draining.wait();
    } catch (...) {
      error = std::current_exception();
    }
    co_await doors.close();
    for (Open* open : open_) open->session.interrupt();
    co_await sessions_.join();
    co_await background_.close();
    runtime_.sessions = {};
    if (error) std::rethrow_exception(error);
  }

 private:
  // In the list of those that are connected as long as it lives.
  struct Open {
    Server& server;
    Session session;
    io::Endpoint peer;
    std::string service;
    base::WallTime since = base::wall_now();

    Open(Server& server, std::unique_ptr<io::Stream> stream, int socket, const io::Endpoint& peer,
         std::string service)
        : server(server),
          session(server.services(), std::move(stream), peer.address(), socket),
          peer(peer),
          service(std::move(service)) {
      server.open_.insert(this);
      server.connected_.add(1);
    }
    Open(const Open&) = delete;
    ~Open() {
      if (session.is_logged_in()) server.guests_.remember(peer, io::Clock::now());
      server.connected_.add(-1);
      server.open_.erase(this);
    }
  };

  Services services() {
    return {world_,   store_,  views_,      background_,
            metrics_, guests_, read_ahead_, runtime_.conf.state_dir};
  }

  void open_doors(io::Scope& doors, const std::string& service) {
    for (base::Fd& listening : runtime_.listeners(service))
      doors.spawn(listen(std::move(listening), service));
  }

  io::Task<void> listen(base::Fd listening, std::string service) {
    io::Listener listener(runtime_.loop, std::move(listening));
    co_await listener.run([&](base::Fd fd, io::Endpoint peer) {
      sessions_.spawn(serve_client(std::move(fd), peer, service));
    });
  }

  Guests::Limits limits() const {
    const base::Settings& settings = runtime_.settings();
    return {.all = static_cast<size_t>(settings.number("imap.connection_limit")),
            .per_network = static_cast<size_t>(settings.number("imap.connections_per_address"))};
  }

  // Never throws but Cancelled: a client's end is nobody else's business.
  io::Task<void> serve_client(base::Fd fd, io::Endpoint peer, std::string service) {
    try {
      Guests::Place place = guests_.admit(peer, limits());
      int socket = fd.get();
      std::unique_ptr<io::Stream> stream =
          std::make_unique<io::SocketStream>(runtime_.loop, std::move(fd));
      if (!place) {
        tell_refused(peer, refusals_);
        if (service == "imap")
          co_await stream->write_all("* BYE [UNAVAILABLE] Too many connections\r\n",
                                     io::after(std::chrono::seconds(5)));
        co_return;
      }
      if (service == "imaps") stream = co_await world_.start_tls(std::move(stream));
      Open open(*this, std::move(stream), socket, peer, std::move(service));
      co_await open.session.run();
    } catch (const io::Cancelled&) {
      throw;
    } catch (const std::exception& error) {
      tell_lost(peer, error);
    }
  }

  io::Task<void> hear_changes() {
    auto on_notify = [this](std::string_view, std::string_view payload) {
      for (const auto& changed : model::mailbox::parse_changed(payload))
        views_.hear(changed.key.account, changed.key.mailbox, changed.modseq);
    };
    auto on_connect = [this] { views_.look_again(); };
    co_await runtime_.database.listen({model::mailbox::changed_channel}, on_notify, on_connect);
  }

  std::vector<daemon::Session> list() const {
    std::vector<daemon::Session> sessions;
    for (Open* open : open_) {
      const Session& session = open->session;
      sessions.push_back({.id = session.id(),
                          .service = open->service,
                          .peer = open->peer.text(),
                          .login = session.is_logged_in() ? session.address() : "",
                          .state = session.state_text(),
                          .since = open->since});
    }
    return sessions;
  }

  daemon::Runtime& runtime_;
  RouterWorld world_;
  ReadAhead read_ahead_;
  io::Scope background_;  // what sessions lean on: ends after them
  io::Scope sessions_;    // and their writes
  ModelStore store_;
  Views views_;
  SessionMetrics metrics_;
  base::Gauge connected_;
  Guests& guests_;
  io::Seldom refusals_;
  std::set<Open*> open_;  // each lives in its coroutine
};

}  // namespace

io::Task<void> serve(daemon::Runtime& runtime, Common& common) {
  Server server(runtime, common);
  co_await server.run();
}

}  // namespace tegu::imapd
