#include "detach.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/handle.h"
#include "base/log.h"

namespace tegu::ctl {

// The child lives on; its words and its status are given on.
static int wait_for_child(pid_t pid, base::Fd words) {
  char bytes[4096];
  for (;;) {
    ssize_t got = ::read(words.get(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    std::cout.write(bytes, got);
    std::cout.flush();
  }
  // Ready: it closed its end and runs. Failed: it has ended or is about to.
  for (int tries = 0; tries < 20; tries++) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    ::usleep(10'000);
  }
  return status_done;
}

// A failure is told through `words`, which body closes only when it is ready.
static int run_child(const Context& context, int words, const std::function<int(int)>& body) {
  std::string text;
  int status = status_no;
  try {
    return body(words);
  } catch (const Failure& error) {
    text = error.what();
    status = error.status();
  } catch (const base::UsageError& error) {
    text = error.what();
    status = status_usage;
  } catch (const std::exception& error) {
    text = error.what();
  }
  base::log::error("supervisor.failed", {{"error", text}});
  std::string line = context.json ? Json{{"error", text}, {"status", status}}.dump() + "\n"
                                  : "tegu-ctl: " + text + "\n";
  [[maybe_unused]] auto wrote = ::write(words, line.data(), line.size());
  return status;
}

int run_detached(const Context& context, const std::string& log,
                 const std::function<int(int words)>& body) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) base::throw_errno("pipe");
  base::Fd read_end(ends[0]), write_end(ends[1]);
  base::Fd output(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!output) base::throw_errno("open " + log);
  base::Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  pid_t pid = ::fork();
  if (pid < 0) base::throw_errno("fork");
  if (pid > 0) {
    write_end.reset();
    return wait_for_child(pid, std::move(read_end));
  }
  ::setsid();
  ::signal(SIGPIPE, SIG_IGN);
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(output.get(), STDOUT_FILENO);
  ::dup2(output.get(), STDERR_FILENO);
  read_end.reset();
  std::exit(run_child(context, write_end.release(), body));
}

}  // namespace tegu::ctl
