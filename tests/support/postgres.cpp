#include "support/postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace tegu::test {

namespace fs = std::filesystem;

// In a child: the server refuses to run as root.
static void become_postgres() {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("postgres");
  if (!user || setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
      setuid(user->pw_uid) != 0) {
    _exit(126);
  }
}

static std::string find_programs() {
  std::string best;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    std::string folder = entry.path() / "bin";
    if (fs::exists(folder + "/postgres", ignored) && folder > best) best = folder;
  }
  if (best.empty()) throw std::runtime_error("no PostgreSQL under /usr/lib/postgresql");
  return best;
}

Postgres& Postgres::shared() {
  static Postgres postgres;
  return postgres;
}

Postgres::Postgres() : programs_(find_programs()) {
  char name[] = "/tmp/tegu-pg-XXXXXX";
  if (!mkdtemp(name)) throw std::runtime_error("mkdtemp");
  folder_ = name;
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (!user || chown(name, user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("no user postgres");
    }
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  if (fork() == 0) {
    // Sleeps until the test program is gone, however it went.
    setsid();
    close(ends[1]);
    char byte;
    while (read(ends[0], &byte, 1) < 0) {
    }
    std::error_code ignored;
    for (int i = 0; i < 100 && fs::exists(folder_ + "/data/postmaster.pid", ignored); i++) {
      usleep(50000);
    }
    fs::remove_all(folder_, ignored);
    _exit(0);
  }
  close(ends[0]);
  life_line_ = ends[1];
  run(programs_ + "/initdb -D " + folder_ +
      "/data -U postgres -A trust --no-sync --no-instructions -E UTF8 --locale=C.UTF-8");
  std::ofstream(folder_ + "/data/postgresql.auto.conf", std::ios::app)
      << "listen_addresses = ''\nunix_socket_directories = '" << folder_
      << "'\nfsync = off\nfull_page_writes = off\nmax_connections = 100\nshared_buffers = 64MB\n"
      << "max_wal_size = 512MB\nautovacuum = off\nlog_min_messages = warning\n";
  start();
}

Postgres::~Postgres() {
  stop();
  close(life_line_);
}

void Postgres::run(const std::string& command_line) const {
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    become_postgres();
    int log = open((folder_ + "/commands.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, 1);
    dup2(log, 2);
    if (chdir("/") != 0) _exit(126);
    execl("/bin/sh", "sh", "-c", command_line.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("failed: " + command_line);
}

void Postgres::start() {
  if (server_ > 0) return;
  server_ = fork();
  if (server_ == 0) {
    setsid();
    become_postgres();
    // Set after the change of user, which clears it. SIGQUIT: immediate shutdown.
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    int log = open((folder_ + "/server.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, 1);
    dup2(log, 2);
    if (chdir("/") != 0) _exit(126);
    execl((programs_ + "/postgres").c_str(), "postgres", "-D", (folder_ + "/data").c_str(),
          nullptr);
    _exit(127);
  }
  for (int i = 0; i < 600; i++) {
    std::ifstream pid_file(folder_ + "/data/postmaster.pid");
    std::string line, last;
    while (std::getline(pid_file, line)) last = line;
    if (last.starts_with("ready")) return;
    if (waitpid(server_, nullptr, WNOHANG) == server_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  server_ = -1;
  throw std::runtime_error("PostgreSQL does not start: see " + folder_ + "/server.log");
}

void Postgres::stop() {
  if (server_ <= 0) return;
  freeze(false);
  kill(server_, SIGQUIT);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

void Postgres::freeze(bool frozen) {
  if (server_ <= 0) return;
  // Backends are children of the postmaster, each in a group of its own.
  std::ifstream list("/proc/" + std::to_string(server_) + "/task/" + std::to_string(server_) +
                     "/children");
  pid_t child;
  while (list >> child) kill(child, frozen ? SIGSTOP : SIGCONT);
  kill(server_, frozen ? SIGSTOP : SIGCONT);
}

std::string Postgres::conninfo(const std::string& database) const {
  return "host=" + folder_ + " user=postgres dbname=" + database;
}

std::string Postgres::fresh_database() {
  std::string name = "test_" + std::to_string(++databases_);
  run(programs_ + "/createdb -h " + folder_ + " -U postgres -T template0 " + name);
  return conninfo(name);
}

}  // namespace tegu::test
