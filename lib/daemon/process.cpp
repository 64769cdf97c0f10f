#include "daemon/process.h"

#include <signal.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "daemon/doors.h"
#include "io/signals.h"
#include "model/schema/schema.h"
#include "model/setting/store.h"

namespace tegu::daemon {

using namespace std::chrono_literals;

// DESIGN 6: goodbye within 10 s. What hangs after that is not waited for.
constexpr auto drain_patience = 10s;
constexpr auto cancel_patience = 3s;
constexpr auto settings_poll = 30s;

constexpr int exit_configuration = 78;

static size_t loop_count(const Declaration& declaration, const Conf& conf) {
  if (declaration.one_loop) return 1;
  if (conf.loops > 0) return conf.loops;
  return std::max(1u, std::thread::hardware_concurrency());
}

Process::Process(const Declaration& declaration, const Conf& conf, const Doors& doors,
                 Certificate& certificate)
    : declaration_(declaration),
      conf_(conf),
      doors_(doors),
      certificate_(certificate),
      workers_(declaration.worker_threads, declaration.worker_queue),
      main_(lanes_.emplace_back(0)),
      control_(
          main_.loop,
          {.protocol = "tegu-control", .version = 1, .allowed = net::peer::Allowed(conf.group)}),
      background_(main_.loop),
      started_(base::wall_now()) {
  for (size_t i = 1; i < loop_count(declaration, conf); i++) lanes_.emplace_back(i);
}

Process::~Process() = default;

int Process::run() {
  main_.loop.run_until_done(main_lane());
  for (auto& lane : lanes_) {
    if (lane.thread.joinable()) lane.thread.join();
  }
  return status_;
}

io::Task<void> Process::main_lane() {
  try {
    co_await background_.enclose(begin_and_serve(background_));
  } catch (const io::Cancelled&) {
  } catch (const std::exception& error) {
    base::log::error("daemon.failed", {{"error", error.what()}});
    status_ = 1;
  }
  main_.runtime.reset();
  main_.database.reset();
}

io::Task<void> Process::begin_and_serve(io::Scope& background) {
  auto config = declaration_.database.divided(lanes_.size());
  config.conninfo = conf_.database;
  config.application_name = declaration_.name + "@" + conf_.node;
  config.generic_plans = true;
  main_.database.emplace(main_.loop, config);
  background.spawn(follow_signals());
  add_control_operations();
  background.spawn(control_.run(
      base::Fd(::dup(doors_.local.at(short_name(declaration_) + ".ctl").get())), main_.draining));
  co_await wait_for_database();
  if (draining_) co_return;
  main_.database->keep_warm(declaration_.hot);
  background.spawn(follow_settings());
  make_runtime(main_, *settings_);
  start_threads();
  main_.serving.spawn(serve_guarded(main_));
  background.spawn(feed_watchdog());
  ready_ = true;
  ::sd_notify(0, "READY=1");
  base::log::info("daemon.ready", {{"node", conf_.node}, {"loops", lanes_.size()}});
  co_await main_.serving.join();
  main_.ended = true;
  for (auto& lane : lanes_) {
    while (!lane.ended) co_await lane_ended_.wait();
  }
  base::log::info("daemon.end", {{"status", status_}});
}

io::Task<void> Process::wait_for_database() {
  auto pause = 50ms;
  bool told = false;
  while (!draining_) {
    try {
      co_await model::schema::check(*main_.database);
      co_await read_settings();
      co_return;
    } catch (const model::schema::Mismatch& error) {
      base::log::error("daemon.schema", {{"error", error.what()}});
      drain(exit_configuration);
      co_return;
    } catch (const base::Error& error) {
      if (!told) base::log::warn("daemon.no_database", {{"error", error.what()}});
      told = true;
    }
    pause = std::min<std::chrono::milliseconds>(pause * 2, 1s);
    co_await main_.draining.wait(io::after(pause));
  }
}

void Process::make_runtime(Lane& lane, base::Settings settings) {
  lane.runtime =
      std::make_unique<Runtime>(Runtime::Parts{.loop = lane.loop,
                                               .conf = conf_,
                                               .database = *lane.database,
                                               .metrics = metrics_,
                                               .workers = workers_,
                                               .draining = lane.draining,
                                               .index = lane.index,
                                               .loops = lanes_.size(),
                                               .doors = doors_,
                                               .certificate = certificate_,
                                               .control = lane.index == 0 ? &control_ : nullptr},
                                std::move(settings));
}

void Process::start_threads() {
  for (auto& lane : lanes_) {
    if (lane.index == 0) continue;
    lane.thread = std::jthread([this, &lane, settings = *settings_] {
      lane.loop.run_until_done(live(lane, settings));
      main_.loop.post([this, &lane] {
        lane.ended = true;
        lane_ended_.notify_all();
      });
    });
  }
}

// A further loop's life, on its own thread.
io::Task<void> Process::live(Lane& lane, base::Settings settings) {
  try {
    auto config = declaration_.database.divided(lanes_.size());
    config.conninfo = conf_.database;
    config.application_name = declaration_.name + "@" + conf_.node;
    config.generic_plans = true;
    lane.database.emplace(lane.loop, config);
    lane.database->keep_warm(declaration_.hot);
    make_runtime(lane, std::move(settings));
    lane.serving.spawn(serve_guarded(lane));
    co_await lane.serving.join();
  } catch (const std::exception& error) {
    base::log::error("daemon.failed", {{"loop", lane.index}, {"error", error.what()}});
    main_.loop.post([this] { drain(1); });
  }
  lane.runtime.reset();
  lane.database.reset();
}

io::Task<void> Process::serve_guarded(Lane& lane) {
  std::string failure = "serve() ended before draining";
  try {
    co_await declaration_.serve(*lane.runtime);
    if (lane.draining.is_set()) co_return;
  } catch (const io::Cancelled&) {
    throw;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  base::log::error("daemon.failed", {{"loop", lane.index}, {"error", failure}});
  main_.loop.post([this] { drain(1); });
}

io::Task<void> Process::follow_signals() {
  io::Signals signals(main_.loop, {SIGTERM, SIGINT, SIGHUP});
  for (;;) {
    int number = co_await signals.next();
    if (number == SIGHUP) {
      reload();
    } else if (draining_) {
      base::log::warn("daemon.end", {{"reason", "second signal, not waiting"}});
      ::_exit(1);
    } else {
      drain(0);
    }
  }
}

void Process::drain(int status) {
  if (status != 0) status_ = status;
  if (draining_) return;
  draining_ = true;
  ::sd_notify(0, "STOPPING=1");
  base::log::info("daemon.draining");
  background_.spawn(limit_draining());
  for (auto& lane : lanes_) {
    lane.loop.post([&lane] { lane.draining.set(); });
  }
}

io::Task<void> Process::limit_draining() {
  co_await io::sleep_for(drain_patience);
  base::log::warn("daemon.cutting", {{"reason", "not drained in 10 s"}});
  for (auto& lane : lanes_) {
    lane.loop.post([&lane] { lane.serving.cancel(); });
  }
  co_await io::sleep_for(cancel_patience);
  base::log::error("daemon.end", {{"reason", "hung while draining"}});
  ::_exit(1);
}

void Process::reload() {
  ::sd_notify(0, "RELOADING=1");
  try {
    certificate_.read();
    base::log::info("daemon.reloaded");
  } catch (const base::Error& error) {
    base::log::error("daemon.reload", {{"error", error.what()}});
  }
  for (auto& lane : lanes_) {
    lane.loop.post([&lane] {
      if (lane.runtime) lane.runtime->reload();
    });
  }
  settings_changed_.notify_all();
  if (ready_) ::sd_notify(0, "READY=1");
}

io::Task<void> Process::read_settings() {
  std::vector<std::string> problems;
  auto fresh = co_await model::setting::Store(*main_.database).load(problems);
  for (const auto& problem : problems) {
    base::log::warn("daemon.setting", {{"problem", problem}});
  }
  settings_ = fresh;
  for (auto& lane : lanes_) {
    lane.loop.post([&lane, fresh] {
      if (lane.runtime) lane.runtime->settings_ = fresh;
    });
  }
}

static io::Task<void> listen_for_settings(net::pg::Client& database, io::Signal& changed) {
  co_await database.listen(
      {model::setting::channel},
      [&changed](std::string_view, std::string_view) { changed.notify_all(); },
      [&changed] { changed.notify_all(); });
}

// By notification, and slowly by itself: a notification that got lost costs seconds.
io::Task<void> Process::follow_settings() {
  background_.spawn(listen_for_settings(*main_.database, settings_changed_));
  for (;;) {
    co_await settings_changed_.wait(io::after(settings_poll));
    try {
      co_await read_settings();
    } catch (const base::Error& error) {
      base::log::debug("daemon.setting", {{"error", error.what()}});
    }
  }
}

io::Task<void> Process::feed_watchdog() {
  uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) co_return;
  for (;;) {
    ::sd_notify(0, "WATCHDOG=1");
    co_await io::sleep_for(std::chrono::microseconds(microseconds / 3));
  }
}

}  // namespace tegu::daemon
