// tegu.conf (TOML): what a node must know before it reaches the database; everything else is a
// setting (model/setting). man/tegu.conf.5 is the manual of these keys.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace tegu::daemon {

// The doors of the service and their standard ports.
struct Service {
  std::string_view name;  // key under [listen], name of the systemd socket
  unsigned port;          // 0: has none of its own
};
inline constexpr Service services[] = {{"smtp", 25}, {"submissions", 465}, {"submission", 587},
                                       {"lmtp", 0},  {"imap", 143},        {"imaps", 993}};

struct Conf {
  std::string node;  // names this machine in leases, logs and the table of nodes
  std::string run_dir = "/run/tegu";
  std::string state_dir = "/var/lib/tegu";
  std::string database;        // libpq connection string; holds a secret
  std::string user;            // to become, when started as root; empty: stay
  std::string group = "tegu";  // owns the sockets in run_dir
  unsigned loops = 0;          // event loops; 0: one a core
  base::log::Level log_level = base::log::Level::info;
  base::log::Format log_format = base::log::Format::text;
  std::string tls_certificate;  // PEM, the chain after the leaf; empty: no TLS
  std::string tls_key;
  std::map<std::string, std::vector<std::string>, std::less<>> listen;  // "imap": {"0.0.0.0:143"}
};

// Throws base::UsageError that names the file, the line and what to write instead; also for an
// unknown key, and for more than 16 KiB.
Conf parse_conf(std::string_view text, const std::string& file);
// node is the host's name when not given.
Conf read_conf(const std::string& file);

}  // namespace tegu::daemon
