#include "supervisor.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "io/loop.h"
#include "io/signals.h"

namespace tegu::ctl {

using namespace std::chrono_literals;

constexpr auto first_pause = 100ms;
constexpr std::chrono::milliseconds longest_pause = 10s;
// One that lived so long does not die at each start, and its users should not wait.
constexpr auto steady_after = 1s;

Supervisor::~Supervisor() {
  kill_all();
}

Supervisor::Child& Supervisor::keep(std::string name, Program program, int stop_signal) {
  auto& child = children_.emplace_back();
  child.name = std::move(name);
  child.program = std::move(program);
  child.stop_signal = stop_signal;
  scope_.spawn(care(child));
  return child;
}

io::Task<void> Supervisor::care(Child& child) {
  auto pause = std::chrono::milliseconds(first_pause);
  while (!child.stopping) {
    child.ended.reset();
    child.pid = start_program(child.program);
    child.started = io::Clock::now();
    co_await child.ended.wait();
    if (child.stopping) co_return;
    bool steady = io::Clock::now() - child.started > steady_after;
    if (steady) pause = first_pause;
    child.quick_ends = steady ? 0 : child.quick_ends + 1;
    base::log::warn(
        "supervisor.restart",
        {{"program", child.name}, {"status", child.status}, {"pause_ms", pause.count()}});
    co_await io::sleep_for(pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    for (auto& child : children_) {
      if (child.pid != pid) continue;
      child.pid = 0;
      child.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      child.ended.set();
    }
  }
}

io::Task<void> Supervisor::stop(Child& child, std::chrono::seconds patience) {
  child.stopping = true;
  if (child.pid == 0) co_return;
  ::kill(child.pid, child.stop_signal);
  if (co_await child.ended.wait(io::after(patience))) co_return;
  base::log::warn("supervisor.kill", {{"program", child.name}});
  if (child.pid > 0) ::kill(child.pid, SIGKILL);
  co_await child.ended.wait(io::after(5s));
}

io::Task<void> Supervisor::follow_signals(bool on_terminal) {
  io::Signals signals(loop_, {SIGCHLD, SIGTERM, SIGINT, SIGHUP});
  for (;;) {
    int number = co_await signals.next();
    if (number == SIGCHLD) {
      reap();
    } else if (number == SIGHUP && !on_terminal) {
      for (auto& child : children_) {
        if (child.pid > 0) ::kill(child.pid, SIGHUP);
      }
    } else if (wanted_end_.is_set()) {
      kill_all();
      ::_exit(1);
    } else {
      wanted_end_.set();
    }
  }
}

void Supervisor::kill_all() {
  for (auto& child : children_) {
    if (child.pid > 0) ::kill(child.pid, SIGKILL);
  }
}

}  // namespace tegu::ctl
