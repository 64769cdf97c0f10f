// `tegu-ctl down`: ends what `up` started on this state folder.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/handle.h"
#include "command.h"
#include "state.h"

namespace tegu::ctl {

constexpr int patience_ms = 90'000;

static int run_down(const Context& context) {
  State state(context.state());
  pid_t pid = state.supervisor();
  if (pid <= 0) {
    print_done(context, "nothing runs on " + context.state(), {{"ended", false}});
    return status_done;
  }
  base::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) {
    if (errno == ESRCH) return status_done;
    base::throw_errno("open process " + std::to_string(pid));
  }
  if (::kill(pid, SIGTERM) < 0) base::throw_errno("end process " + std::to_string(pid));
  pollfd ended{process.get(), POLLIN, 0};
  if (::poll(&ended, 1, patience_ms) == 0) {
    throw Failure(status_temporary, fmt::format("process {} does not end; its log is {}", pid,
                                                state.path("tegu.log")));
  }
  print_done(context, "ended", {{"ended", true}, {"pid", pid}});
  return status_done;
}

void add_down(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("down", "End what `up` started");
  on(command, context, run_down);
}

}  // namespace tegu::ctl
