// Supervisor: keeps children running, with a growing pause between the starts of one that dies, and
// ends them in order. One thread, one loop.
#pragma once
#include <sys/types.h>

#include <list>
#include <string>

#include "io/deadline.h"
#include "io/scope.h"
#include "io/sync.h"
#include "program.h"

namespace tegu::ctl {

class Supervisor {
 public:
  struct Child {
    std::string name;
    Program program;
    int stop_signal;
    pid_t pid = 0;
    int status = 0;      // of the last end
    int quick_ends = 0;  // in a row, each within a second of its start
    bool stopping = false;
    io::Clock::time_point started = {};
    io::Event ended;
  };

  explicit Supervisor(io::Loop& loop) : loop_(loop), scope_(loop) {}
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;

  // Starts it now and again whenever it dies.
  Child& keep(std::string name, Program program, int stop_signal);
  // Ends a child: its stop signal, and SIGKILL after `patience`.
  io::Task<void> stop(Child& child, std::chrono::seconds patience);
  // Until cancelled: children's ends, and requests to end (SIGTERM, SIGINT; SIGHUP too when it
  // means that the terminal is gone, else it goes on to the children). A second request kills all
  // children and this process.
  io::Task<void> follow_signals(bool on_terminal);
  io::Event& wanted_end() { return wanted_end_; }
  void kill_all();
  // Waits for what keep() began; all children are stopped before.
  io::Task<void> close() { return scope_.close(); }
  io::Scope& scope() { return scope_; }

 private:
  io::Task<void> care(Child& child);
  void reap();

  io::Loop& loop_;
  io::Scope scope_;
  std::list<Child> children_;  // a child is known by its address
  io::Event wanted_end_;
};

}  // namespace tegu::ctl
