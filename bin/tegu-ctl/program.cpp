#include "program.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/handle.h"

namespace tegu::ctl {

constexpr size_t most_output = 64 * 1024;

static std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// In the child, between fork and exec. Gives the name of what failed.
static const char* become(const Program& program, pid_t parent) {
  ::setpgid(0, 0);
  if (program.user && ::geteuid() == 0) {
    const auto& user = *program.user;
    if (::initgroups(user.name.c_str(), user.gid) < 0) return "initgroups";
    if (::setresgid(user.gid, user.gid, user.gid) < 0) return "setresgid";
    if (::setresuid(user.uid, user.uid, user.uid) < 0) return "setresuid";
  }
  // After the change of user, which resets it.
  if (program.end_signal != 0) {
    ::prctl(PR_SET_PDEATHSIG, program.end_signal);
    if (::getppid() != parent) return "parent";
  }
  for (int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  if (::chdir("/") < 0) return "chdir";
  int nothing = ::open("/dev/null", O_RDWR);
  if (nothing < 0) return "/dev/null";
  ::dup2(nothing, STDIN_FILENO);
  if (program.output >= 0) {
    ::dup2(program.output, STDOUT_FILENO);
    ::dup2(program.output, STDERR_FILENO);
  }
  ::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
  return nullptr;
}

pid_t start_program(const Program& program) {
  auto words = program.words;
  std::vector<std::string> environment = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"};
  for (const auto& [name, value] : program.environment) environment.push_back(name + "=" + value);
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TZ"}) {
    if (const char* value = ::getenv(name)) environment.push_back(name + std::string("=") + value);
  }
  auto argv = pointers(words);
  auto envp = pointers(environment);
  base::Fd file(::open(words[0].c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) base::throw_errno("start " + words[0]);
  pid_t parent = ::getpid();
  // A signal that reaches the child before its exec must not run our handlers: they would tell us.
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  pid_t pid = ::fork();
  int number = errno;
  if (pid != 0) ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) throw base::SystemError("fork", number);
  if (pid > 0) return pid;
  const char* failed = become(program, parent);
  if (!failed) {
    ::execve(argv[0], argv.data(), envp.data());
    // Below a folder that its user cannot pass.
    ::fexecve(file.get(), argv.data(), envp.data());
    failed = "exec";
  }
  ::dprintf(STDERR_FILENO, "tegu-ctl: %s: %s: %m\n", words[0].c_str(), failed);
  ::_exit(127);
}

Ended run_program(std::vector<std::string> words, std::optional<User> user,
                  std::vector<std::pair<std::string, std::string>> environment) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) base::throw_errno("pipe");
  base::Fd read_end(ends[0]), write_end(ends[1]);
  pid_t pid = start_program({.words = std::move(words),
                             .user = std::move(user),
                             .environment = std::move(environment),
                             .end_signal = SIGTERM,
                             .output = write_end.get()});
  write_end.reset();
  Ended ended{};
  char bytes[4096];
  for (;;) {
    ssize_t got = ::read(read_end.get(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    ended.output.append(bytes, static_cast<size_t>(got));
    if (ended.output.size() > most_output) ended.output.erase(0, most_output / 2);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) base::throw_errno("wait");
  }
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

}  // namespace tegu::ctl
