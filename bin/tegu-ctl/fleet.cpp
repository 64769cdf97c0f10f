#include "fleet.h"

#include <fmt/format.h>
#include <grp.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "io/certificate.h"
#include "io/endpoint.h"
#include "io/listener.h"
#include "users.h"

namespace tegu::ctl {

namespace fs = std::filesystem;

const std::vector<DaemonKind>& fleet() {
  static const std::vector<DaemonKind> kinds = {
      {"tegu-router", "tegu_router", {}},
      {"tegu-queue", "tegu_queue", {}},
      {"tegu-smtpd", "tegu_smtpd", {"smtp", "submission", "submissions", "lmtp"}},
      {"tegu-imapd", "tegu_imapd", {"imap", "imaps"}}};
  return kinds;
}

std::string control_socket(const DaemonKind& kind) {
  return std::string(kind.name).substr(5) + ".ctl";
}

static io::Endpoint endpoint(const std::string& address, unsigned port) {
  auto endpoint = io::Endpoint::from_address(address, static_cast<uint16_t>(port));
  if (!endpoint) {
    throw base::UsageError(fmt::format("--listen: \"{}\" is no IP address", address));
  }
  return *endpoint;
}

void check_ports(const FleetOptions& options) {
  for (const auto& service : daemon::services) {
    if (service.port == 0) continue;
    int port = static_cast<int>(service.port) + options.port_offset;
    if (port < 1 || port > 65535) {
      throw base::UsageError(
          fmt::format("--port-offset {} makes the port of {} {}; ports are 1 to "
                      "65535",
                      options.port_offset, service.name, port));
    }
    for (const auto& address : options.addresses) {
      try {
        io::listen_tcp(endpoint(address, static_cast<unsigned>(port)));
      } catch (const base::SystemError& error) {
        if (error.number() == EACCES) {
          throw base::UsageError(fmt::format("{}; ports below 1024 need root", error.what()));
        }
        if (error.number() != EADDRINUSE) throw;
        throw base::UsageError(fmt::format(
            "port {} is in use; end what uses it, or choose another --port-offset", port));
      }
    }
  }
}

std::vector<std::string> loopback_addresses() {
  std::vector<std::string> addresses = {"127.0.0.1"};
  try {
    io::listen_tcp(endpoint("::1", 0));
    addresses.emplace_back("::1");
  } catch (const base::SystemError&) {
    // No IPv6 on this machine.
  }
  return addresses;
}

std::map<std::string, std::vector<std::string>, std::less<>> listen_map(
    const State& state, const FleetOptions& options) {
  std::map<std::string, std::vector<std::string>, std::less<>> map;
  for (const auto& service : daemon::services) {
    auto& list = map[std::string(service.name)];
    if (service.name == "lmtp") list.push_back("unix:" + state.run_folder() + "/lmtp.sock");
    if (service.port == 0) continue;
    for (const auto& address : options.addresses) {
      list.push_back(
          endpoint(address, service.port + static_cast<unsigned>(options.port_offset)).text());
    }
  }
  return map;
}

static std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string conf_text(const State& state, const std::string& database, const std::string& group,
                      const FleetOptions& options, const std::vector<std::string>& services) {
  std::string text = fmt::format(
      "# Written by tegu-ctl up at each start; changes are lost.\n"
      "node = {}\nrun_dir = {}\nstate_dir = {}\ndatabase = {}\ngroup = {}\n\n"
      "[log]\nlevel = {}\n\n[tls]\ncertificate = {}\nkey = {}\n",
      toml_text(state.node()), toml_text(state.run_folder()), toml_text(state.spool_folder()),
      toml_text(database), toml_text(group), toml_text(options.log_level),
      toml_text(state.path("tls/cert.pem")), toml_text(state.path("tls/key.pem")));
  if (services.empty()) return text;
  text += "\n[listen]\n";
  for (const auto& [service, endpoints] : listen_map(state, options)) {
    if (std::ranges::find(services, service) == services.end()) continue;
    std::vector<std::string> list;
    for (const auto& endpoint : endpoints) list.push_back(toml_text(endpoint));
    text += fmt::format("{} = [{}]\n", service, base::join(list, ", "));
  }
  return text;
}

static std::string program_of(const DaemonKind& kind) {
  return fs::read_symlink("/proc/self/exe").parent_path() / kind.name;
}

void check_programs() {
  for (const auto& kind : fleet()) {
    if (fs::exists(program_of(kind))) continue;
    throw base::UsageError(program_of(kind) + " is missing; build it with `make programs`");
  }
}

Program prepare_daemon(const State& state, const DaemonKind& kind, const std::string& conf,
                       int output) {
  User user = daemon_user(kind.name);
  std::string file = state.path("conf/" + std::string(kind.name) + ".conf");
  write_file(file, conf, 0600, user.uid, user.gid);
  return {.words = {program_of(kind), "--config", file},
          .user = user,
          .environment = {},
          .end_signal = SIGTERM,
          .output = output};
}

void prepare_certificate(const State& state) {
  gid_t group = ::getegid();
  if (::geteuid() == 0) {
    if (const auto* entry = ::getgrnam(sockets_group().c_str())) group = entry->gr_gid;
  }
  make_folder(state.path("tls"), 0755);
  if (fs::exists(state.path("tls/cert.pem")) && fs::exists(state.path("tls/key.pem"))) return;
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  if (host[0] != 0 && std::string_view(host) != "localhost") names.emplace_back(host);
  io::CertificateAndKey pair;
  try {
    pair = io::make_self_signed(names);
  } catch (const base::UsageError&) {
    names.resize(3);  // a host name that no certificate can have
    pair = io::make_self_signed(names);
  }
  write_file(state.path("tls/key.pem"), pair.key, 0640, ::geteuid(), group);
  write_file(state.path("tls/cert.pem"), pair.certificate, 0644);
}

}  // namespace tegu::ctl
