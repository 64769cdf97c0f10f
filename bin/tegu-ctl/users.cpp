#include "users.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

#include "base/error.h"
#include "program.h"

namespace tegu::ctl {

using namespace std::chrono_literals;

constexpr const char* group_name = "tegu";

static std::optional<User> find(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (!entry) return std::nullopt;
  return User{entry->pw_name, entry->pw_uid, entry->pw_gid};
}

User current_user() {
  const passwd* entry = ::getpwuid(::geteuid());
  return {entry ? entry->pw_name : std::to_string(::geteuid()), ::geteuid(), ::getegid()};
}

// useradd and groupadd lock the files for each other and give up at once; another `up` may be at
// it.
template <class Exists>
static void make(const std::vector<std::string>& command, Exists exists) {
  std::string output;
  for (int tries = 0; tries < 20; tries++) {
    if (exists()) return;
    auto ended = run_program(command, std::nullopt);
    output = ended.output;
    if (ended.status != 0) std::this_thread::sleep_for(100ms);
  }
  if (!exists()) throw base::Error(command[0] + " failed: " + output);
}

User daemon_user(const std::string& name) {
  if (::geteuid() != 0) return current_user();
  if (auto user = find(name)) return *user;
  make({"/usr/sbin/groupadd", "--system", group_name},
       [] { return ::getgrnam(group_name) != nullptr; });
  make({"/usr/sbin/useradd", "--system", "--gid", group_name, "--no-create-home", "--home-dir",
        "/nonexistent", "--shell", "/usr/sbin/nologin", name},
       [&] { return find(name).has_value(); });
  return *find(name);
}

User database_user() {
  if (::geteuid() != 0) return current_user();
  if (auto user = find("postgres")) return *user;
  throw base::UsageError("user postgres does not exist; run contrib/bootstrap --run");
}

std::string sockets_group() {
  if (::geteuid() == 0) return group_name;
  const group* entry = ::getgrgid(::getegid());
  return entry ? entry->gr_name : std::to_string(::getegid());
}

}  // namespace tegu::ctl
