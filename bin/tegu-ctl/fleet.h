// The daemons that `tegu-ctl up` starts, in order, and the configuration that each is given.
#pragma once
#include <string>
#include <vector>

#include "daemon/conf.h"
#include "program.h"
#include "state.h"

namespace tegu::ctl {

struct DaemonKind {
  const char* name;  // program, user
  const char* role;  // of the database
  std::vector<std::string> services;
};
// Each needs only those before it.
const std::vector<DaemonKind>& fleet();
std::string control_socket(const DaemonKind& kind);  // "router.ctl"

struct FleetOptions {
  int port_offset = 8000;
  std::vector<std::string> addresses;  // to listen on
  std::string log_level = "info";
};

// All ports: the standard ones + offset. Throws base::UsageError when one is out of range or in
// use.
void check_ports(const FleetOptions& options);
// The daemons' programs are beside this one. Throws base::UsageError.
void check_programs();
// 127.0.0.1, and ::1 where there is IPv6.
std::vector<std::string> loopback_addresses();

// The services and where they listen, for ctl.conf and the daemons.
std::map<std::string, std::vector<std::string>, std::less<>> listen_map(
    const State& state, const FleetOptions& options);
// tegu.conf of one daemon; `services` empty: no [listen].
std::string conf_text(const State& state, const std::string& database, const std::string& group,
                      const FleetOptions& options, const std::vector<std::string>& services);

// Writes STATE/conf/<name>.conf, its user's alone, and gives how to start the daemon.
Program prepare_daemon(const State& state, const DaemonKind& kind, const std::string& conf,
                       int output);

// A self-signed certificate on the first start; later ones, also an administrator's, are kept.
void prepare_certificate(const State& state);

}  // namespace tegu::ctl
