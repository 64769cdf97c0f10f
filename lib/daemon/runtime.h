// Runtime: what a daemon's code gets from the skeleton, one for each event loop. run.h makes it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/metrics.h"
#include "base/settings.h"
#include "base/time.h"
#include "daemon/conf.h"
#include "io/loop.h"
#include "io/sync.h"
#include "io/tls.h"
#include "io/workers.h"
#include "net/peer/server.h"
#include "net/pg/client.h"

namespace tegu::daemon {

// One line of `tegu-ctl status --sessions`.
struct Session {
  std::string id;
  std::string service;  // "imaps"
  std::string peer;     // "192.0.2.1:1234"
  std::string login;    // empty before it
  std::string state;    // "IDLE INBOX"
  base::WallTime since;
};

// The sockets of the process, opened before rights were dropped.
struct Doors {
  std::map<std::string, std::vector<base::Fd>, std::less<>> tcp;  // by service
  std::map<std::string, base::Fd, std::less<>> local;             // "router.sock"
};

// The certificate that tegu.conf names, as this process last read it. All loops ask for it.
class Certificate {
 public:
  // Throws base::UsageError when it is named and cannot be read or used.
  explicit Certificate(const Conf& conf);
  std::shared_ptr<const io::ServerCertificate> current() const;  // null: none named
  // Keeps the old one and throws base::UsageError when the new one is of no use.
  void read();

 private:
  const Conf& conf_;
  mutable std::mutex lock_;                               // guards current_
  std::shared_ptr<const io::ServerCertificate> current_;  // owned by the contexts being made
};

class Runtime {
 public:
  io::Loop& loop;
  const Conf& conf;
  net::pg::Client& database;  // this loop's
  base::Registry& metrics;    // the process's
  io::Workers& workers;       // the process's
  io::Event& draining;        // set once: stop accepting, finish, say goodbye, return from serve()
  size_t index;               // of this loop, from 0
  size_t loops;

  // The values now; take them anew for each session or command, they change while we run.
  const base::Settings& settings() const { return settings_; }
  // This loop's duplicates of the listening sockets of a service; empty when it is not configured.
  std::vector<base::Fd> listeners(std::string_view service) const;
  // A duplicate of the listening Unix socket that Declaration::sockets names.
  base::Fd socket(std::string_view name) const;
  // The certificate of tegu.conf for a service ("imap"; its sessions are resumed only there);
  // nothing without one. Changes with a reload, so ask for each connection: a copy is cheap.
  std::optional<io::TlsContext> tls(std::string_view service);

  // Who is served on this loop; the daemon sets it, the control socket asks.
  std::function<std::vector<Session>()> sessions;
  // Called on this loop after SIGHUP and `reload`.
  std::vector<std::function<void()>> on_reload;
  // An operation of <name>.ctl beyond the common ones; it runs on loop 0. Only there.
  void control(std::string op, net::peer::Handler handler);

  struct Parts {
    io::Loop& loop;
    const Conf& conf;
    net::pg::Client& database;
    base::Registry& metrics;
    io::Workers& workers;
    io::Event& draining;
    size_t index, loops;
    const Doors& doors;
    const Certificate& certificate;
    net::peer::Server* control;  // null but on loop 0
  };
  Runtime(const Parts& parts, base::Settings settings);
  Runtime(const Runtime&) = delete;

 private:
  friend class Process;
  void reload();

  const Doors& doors_;
  const Certificate& certificate_;
  net::peer::Server* control_;
  base::Settings settings_;
  std::map<std::string, io::TlsContext, std::less<>> tls_;
};

}  // namespace tegu::daemon
