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
#include <string_view>
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

// Who may speak to a socket; the kernel names the peer (SO_PEERCRED). root and our own user always,
// then the members of a group (primary or listed, as the system's database says when asked) and
// single users. An unknown group admits nobody more.
class Allowed {
 public:
  explicit Allowed(std::string group = "tegu") : group_(std::move(group)) {}
  void add(uid_t user) { users_.insert(user); }
  bool admits(uid_t user, gid_t primary_group) const;

 private:
  std::set<uid_t> users_;
  std::string group_;
};

struct Request {
  Json& body;  // the object of the line; the handler may wipe what is secret in it
  std::vector<base::Fd> fds;
  io::PeerCredentials peer;
  std::string octets = {};  // that came behind the line
};

// Gives the fields of the answer (null or an object). Throws Refused to say no; any other
// base::Error becomes "temporary" and is logged. A plain function, or a lambda that calls a named
// coroutine; the request lives until the task ends.
using Handler = std::function<io::Task<Json>(Request&)>;

struct ServerConfig {
  std::string protocol;  // "tegu-router"
  int version = 1;
  Allowed allowed = Allowed();
  size_t most_connections = 512;
  size_t most_in_flight = 256;  // requests of one connection; further ones wait unread
};

class Server {
 public:
  Server(io::Loop& loop, ServerConfig config);
  Server(const Server&) = delete;
  void on(std::string op, Handler handler);  // before run()

  // Serves until `draining` is set (then finishes what was asked and returns) or cancelled.
  io::Task<void> run(base::Fd listening, io::Event& draining);
  // One connection to its end. Never throws but Cancelled.
  io::Task<void> serve(base::Fd connection, io::Event& draining);

  size_t connections() const { return connections_; }

 private:
  struct Connection;
  void accepted(io::Scope& peers, base::Fd connection, io::Event& draining);
  io::Task<void> accept_and_finish(base::Fd listening, io::Scope& peers, io::Event& draining);
  io::Task<void> converse(io::UnixChannel& channel, io::Event& draining);
  io::Task<void> read_and_finish(Connection& connection, io::Event& draining);
  io::Task<void> read_requests(Connection& connection, io::Scope& reading);
  struct Asked;
  io::Task<void> answer(Connection& connection, Asked asked, io::Semaphore::Permit permit);
  static io::Task<void> send(Connection& connection, std::string line);

  io::Loop& loop_;
  ServerConfig config_;
  std::map<std::string, Handler, std::less<>> handlers_;
  size_t connections_ = 0;
};

}  // namespace tegu::net::peer
