#include "serve.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "acceptor.h"
#include "base/log.h"
#include "courier.h"
#include "database_ledger.h"
#include "desk.h"
#include "dispatcher.h"
#include "heart.h"
#include "housekeeping.h"
#include "meters.h"
#include "net/dns/settings.h"
#include "net/peer/server.h"
#include "policy.h"
#include "system.h"

namespace tegu::queue {
namespace {

using net::peer::Json;

Batcher<Change>::Limits batch_limits(const base::Settings& settings) {
  return {.entries = static_cast<size_t>(settings.number("queue.batch_limit"))};
}

// Ends the scope's tasks when the body has ended, however it did.
io::Task<void> run_within(io::Scope& scope, io::Task<void> body) {
  std::exception_ptr failed;
  try {
    co_await std::move(body);
  } catch (...) {
    failed = std::current_exception();
  }
  co_await scope.close();
  if (failed) std::rethrow_exception(failed);
}

class Daemon {
 public:
  explicit Daemon(daemon::Runtime& runtime)
      : runtime_(runtime),
        meters_(runtime.metrics),
        ledger_(runtime.database, runtime.conf.node,
                runtime.settings().duration("queue.lease_time")),
        router_(runtime.loop, runtime.conf.run_dir),
        network_(runtime.loop),
        resolver_(runtime.loop, net::dns::read_settings(runtime.settings(), true)),
        packers_(runtime.workers, runtime.database.exclusive_connections()),
        desk_(ledger_, router_, runtime.workers, packers_, policy(),
              batch_limits(runtime.settings())),
        heart_(ledger_, runtime.settings().duration("queue.lease_time")),
        courier_(network_, resolver_, ledger_),
        dispatcher_({.loop = runtime.loop,
                     .ledger = ledger_,
                     .courier = courier_,
                     .desk = desk_,
                     .heart = heart_,
                     .policy = policy(),
                     .meters = meters_,
                     .chance = [this] { return chance(); }}),
        acceptor_(desk_, meters_) {
    desk_.on_committed = [this](const Change& change) { committed(change); };
  }

  io::Task<void> run() {
    io::Scope background(runtime_.loop);
    background.spawn(router_.run());
    background.spawn(watch_depth(ledger_, meters_));
    background.spawn(keep_house(ledger_, meters_, [this] { return chance(); }));
    background.spawn(forget_expunged(
        mailboxes_, [this] { return runtime_.settings().duration("mailbox.undelete_time"); },
        [this] { return chance(); }));
    co_await run_within(background, commit_and_serve());
  }

 private:
  Desk::PolicySource policy() {
    return [this] { return fresh_policy(); };
  }
  // Made anew when the settings have changed, so that a letter costs no look-ups.
  const Policy& fresh_policy() {
    const base::Settings& settings = runtime_.settings();
    if (!policy_from_ || !policy_from_->same_as(settings)) {
      policy_ = read_policy(settings);
      desk_.set_limits(batch_limits(settings));
      policy_from_ = settings;
      net::dns::follow_settings(resolver_, settings, true);
    }
    return policy_;
  }
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  void committed(const Change& change) {
    bool pending = false;
    for (const Placement& placement : change.placements) {
      pending |= !placement.pending.empty();
      meters_.mailbox_copies.add(static_cast<double>(placement.mailboxes.size()));
    }
    meters_.reports.add(static_cast<double>(change.reports()));
    if (pending) dispatcher_.wake();
  }

  // The desk outlives all who write through it.
  io::Task<void> commit_and_serve() {
    io::Scope commits(runtime_.loop);
    commits.spawn(desk_.run());
    std::exception_ptr failed;
    try {
      co_await serve_and_send();
    } catch (...) {
      failed = std::current_exception();
    }
    desk_.stop();
    if (failed) {
      co_await commits.close();
      std::rethrow_exception(failed);
    }
    co_await commits.join();
  }

  io::Task<void> serve_and_send() {
    net::peer::Server server(runtime_.loop, {.protocol = std::string(wire::peer::queue_protocol),
                                             .version = wire::peer::queue_version,
                                             .most_in_flight = 2000});
    server.on("accept", [this](net::peer::Request& request) { return accept(request); });
    server.on("wake", [this](net::peer::Request&) { return wake(); });
    io::Scope work(runtime_.loop);
    work.spawn(server.run(runtime_.socket("queue.sock"), runtime_.draining));
    work.spawn(send());
    co_await work.join();
  }

  io::Task<void> send() {
    co_await heart_.begin();
    io::Scope beating(runtime_.loop);
    beating.spawn(heart_.run());
    co_await run_within(beating, dispatcher_.run(runtime_.draining));
    try {
      co_await ledger_.free_leases();
    } catch (const base::Error& error) {
      base::log::warn("queue.leases_kept", {{"error", error.what()}});
    }
  }

  io::Task<Json> accept(net::peer::Request& request) {
    auto decoded = wire::peer::decode_accept_request(request.body);
    if (!decoded) throw net::peer::Refused(wire::peer::Failure::bad_request, decoded.error());
    Acceptor::Letter letter{std::move(request.octets), {}};
    if (!request.fds.empty()) letter.fd = std::move(request.fds.front());
    co_return encode(co_await acceptor_.accept(std::move(*decoded), std::move(letter)));
  }
  io::Task<Json> wake() {
    dispatcher_.wake();
    co_return Json::object();
  }

  daemon::Runtime& runtime_;
  std::minstd_rand random_{std::random_device()()};
  Policy policy_;
  std::optional<base::Settings> policy_from_;
  Meters meters_;
  model::content::IdSource ids_{runtime_.database};
  model::mailbox::Store mailboxes_{runtime_.database, ids_};
  DatabaseLedger ledger_;
  PeerRouter router_;
  SystemNetwork network_;
  net::dns::UnboundResolver resolver_;
  model::content::Packers packers_;
  Desk desk_;
  Heart heart_;
  Courier courier_;
  Dispatcher dispatcher_;
  Acceptor acceptor_;
};

}  // namespace

io::Task<void> serve(daemon::Runtime& runtime) {
  Daemon daemon(runtime);
  co_await daemon.run();
}

}  // namespace tegu::queue
