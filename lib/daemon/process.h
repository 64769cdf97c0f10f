// Process: the loops of a running daemon, their threads, and how it begins, follows the settings,
// drains and ends. Everything not said otherwise happens on loop 0, the main thread's.
#pragma once
#include <list>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "daemon/run.h"
#include "daemon/runtime.h"
#include "io/scope.h"

namespace tegu::daemon {

class Process {
 public:
  Process(const Declaration& declaration, const Conf& conf, const Doors& doors,
          Certificate& certificate);
  ~Process();
  // Until the end; gives main's status.
  int run();

 private:
  // One event loop with what belongs to it.
  struct Lane {
    explicit Lane(size_t index) : index(index) {}
    size_t index;
    io::Loop loop;
    io::Event draining;
    std::optional<net::pg::Client> database;
    std::unique_ptr<Runtime> runtime;  // null before and after serve()
    io::Scope serving{loop};
    std::jthread thread;  // loop 0 has none
    bool ended = false;   // written and read on loop 0
  };

  io::Task<void> main_lane();
  io::Task<void> begin_and_serve(io::Scope& background);
  io::Task<void> wait_for_database();
  void start_threads();
  io::Task<void> live(Lane& lane, base::Settings settings);
  io::Task<void> serve_guarded(Lane& lane);
  void make_runtime(Lane& lane, base::Settings settings);

  io::Task<void> follow_signals();
  io::Task<void> follow_settings();
  io::Task<void> read_settings();
  io::Task<void> limit_draining();
  io::Task<void> feed_watchdog();
  void drain(int status);
  void reload();

  void add_control_operations();
  io::Task<net::peer::Json> status_answer();
  io::Task<net::peer::Json> metrics_answer();
  io::Task<net::peer::Json> sessions_answer();
  io::Task<std::vector<Session>> all_sessions();

  const Declaration& declaration_;
  const Conf& conf_;
  const Doors& doors_;
  Certificate& certificate_;
  base::Registry metrics_;
  io::Workers workers_;
  std::list<Lane> lanes_;  // a lane is known by its address
  Lane& main_;
  net::peer::Server control_;
  io::Scope background_;
  std::optional<base::Settings> settings_;
  io::Signal settings_changed_, lane_ended_;
  base::WallTime started_;
  bool draining_ = false;
  bool ready_ = false;
  int status_ = 0;
};

}  // namespace tegu::daemon
