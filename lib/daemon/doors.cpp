#include "daemon/doors.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "io/endpoint.h"
#include "io/listener.h"

namespace tegu::daemon {

constexpr unsigned socket_mode = 0660;

std::string short_name(const Declaration& declaration) {
  std::string_view name = declaration.name;
  if (name.starts_with("tegu-")) name.remove_prefix(5);
  return std::string(name);
}

static bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

static base::Fd open_endpoint(const std::string& text, const Conf& conf) {
  if (text.starts_with("unix:")) return io::listen_unix(text.substr(5), socket_mode, conf.group);
  return io::listen_tcp(*io::Endpoint::parse(text));
}

// An unprivileged user may give a socket only to groups of his own.
static std::string socket_group(const Conf& conf) {
  if (::geteuid() == 0) return conf.group;
  const group* entry = ::getgrnam(conf.group.c_str());
  if (!entry) return "";
  if (entry->gr_gid == ::getegid()) return conf.group;
  std::vector<gid_t> groups(static_cast<size_t>(std::max(0, ::getgroups(0, nullptr))));
  int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<size_t>(std::max(0, count)));
  return std::ranges::find(groups, entry->gr_gid) != groups.end() ? conf.group : "";
}

Doors open_doors(const Declaration& declaration, const Conf& conf) {
  Doors doors;
  std::vector<std::string> sockets = declaration.sockets;
  sockets.push_back(short_name(declaration) + ".ctl");
  for (auto& [name, fd] : io::systemd_sockets()) {
    if (has(declaration.services, name)) {
      doors.tcp[name].push_back(std::move(fd));
    } else if (has(sockets, name)) {
      doors.local.emplace(name, std::move(fd));
    } else {
      base::log::warn("daemon.unknown_socket", {{"name", name}});
    }
  }
  for (const auto& service : declaration.services) {
    auto wanted = conf.listen.find(service);
    if (doors.tcp.contains(service) || wanted == conf.listen.end()) continue;
    for (const auto& endpoint : wanted->second) {
      doors.tcp[service].push_back(open_endpoint(endpoint, conf));
    }
  }
  for (const auto& name : sockets) {
    if (doors.local.contains(name)) continue;
    doors.local.emplace(
        name, io::listen_unix(conf.run_dir + "/" + name, socket_mode, socket_group(conf)));
  }
  if (!declaration.services.empty() && doors.tcp.empty()) {
    base::log::warn("daemon.no_listener",
                    {{"remedy", "name addresses under [listen] in tegu.conf, or use sockets"}});
  }
  return doors;
}

void drop_rights(const Conf& conf) {
  if (::geteuid() != 0 || conf.user.empty() || conf.user == "root") return;
  const passwd* user = ::getpwnam(conf.user.c_str());
  if (!user) throw base::UsageError("user \"" + conf.user + "\" of tegu.conf does not exist");
  if (::initgroups(conf.user.c_str(), user->pw_gid) < 0) base::throw_errno("initgroups");
  // The sockets' group goes along, so that the daemon reaches the others' sockets.
  if (const group* entry = ::getgrnam(conf.group.c_str())) {
    std::vector<gid_t> groups(static_cast<size_t>(std::max(0, ::getgroups(0, nullptr))));
    int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<size_t>(std::max(0, count)));
    groups.push_back(entry->gr_gid);
    if (::setgroups(groups.size(), groups.data()) < 0) base::throw_errno("setgroups");
  }
  if (::setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0) base::throw_errno("setresgid");
  if (::setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0) base::throw_errno("setresuid");
  if (::setuid(0) == 0) bug("rights were not dropped");
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace tegu::daemon
