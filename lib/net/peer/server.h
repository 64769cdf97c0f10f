// Answers other daemons and tools of this machine over a Unix socket (wire/peer). A table of
// operations; each request runs its handler, many at once. A line that is no request closes that
// peer's connection only.
#pragma once
#include <sys/types.h>

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/handle.h"
#include "io/sync.h"
#include "io/task.h"
#include "io/unix.h"
#include "net/peer/errors.h"

namespace tegu::io {
class Loop;
class Scope;
}  // namespace tegu::io

namespace tegu::net::peer {

using Json = nlohmann::json;

// Who may speak to a socket. The kernel names the peer (SO_PEERCRED).
class Allowed {
 public:
  // root, our own user and the members of a group (its primary and listed members as the system's
  // database knows them when asked). An unknown group admits nobody more.
  explicit Allowed(std::string group = "tegu");
  void add(uid_t user) { users_.insert(user); }
  bool admits(uid_t user, gid_t group) const;

 private:
  std::set<uid_t> users_;
  std::string group_;
};

struct Request {
  Json* body;  // the object of the line; lives as long as the handler runs
  std::vector<base::Fd> fds;
  io::PeerCredentials peer;
};

// Gives the fields of the answer (null or an object). Throws Refused to say no; any other
// base::Error becomes "temporary" and is logged.
using Handler = std::function<io::Task<Json>(Request& request)>;

struct ServerConfig {
  std::string protocol;  // "tegu-router"
  int version = 1;
  Allowed allowed;
  size_t most_connections = 512;
  size_t most_in_flight = 256;  // a connection; more wait unread
};

class Server {
 public:
  Server(io::Loop& loop, ServerConfig config);
  ~Server();
  // Before run(). The handler is a plain function or a lambda that calls a named coroutine.
  void on(std::string op, Handler handler);

  // Serves until `draining` is set (then finishes what was asked and returns) or cancelled.
  io::Task<void> run(base::Fd listening, io::Event& draining);
  // One connection, to its end: for tests, and for a descriptor from elsewhere.
  io::Task<void> serve(base::Fd connection, io::Event& draining);

  size_t connections() const { return connections_; }

 private:
  struct Connection;
  io::Task<void> serve_quietly(base::Fd connection, io::Event& draining);
  io::Task<void> read_requests(Connection& connection);
  io::Task<void> answer(Connection& connection, io::Line line, io::Semaphore::Permit permit);
  io::Task<Json> handle(Connection& connection, io::Line line);

  io::Loop& loop_;
  ServerConfig config_;
  std::map<std::string, Handler, std::less<>> handlers_;
  size_t connections_ = 0;
};

}  // namespace tegu::net::peer
