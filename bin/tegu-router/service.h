// Service: the operations of router.sock over one directory. man/tegu-router.7 describes them for
// people.
#pragma once
#include <map>

#include "daemon/runtime.h"
#include "follow.h"
#include "login.h"
#include "login_cache.h"
#include "net/peer/server.h"
#include "resolve.h"

namespace tegu::router {

using Json = net::peer::Json;

class Service {
 public:
  explicit Service(daemon::Runtime& runtime);

  // Keeps the directory; until cancelled.
  io::Task<void> follow() { return follower_.run(); }
  void offer(net::peer::Server& server);

  // rcpt.cpp, login_op.cpp, sender.cpp
  io::Task<Json> rcpt(net::peer::Request& request);
  io::Task<Json> login(net::peer::Request& request);
  io::Task<Json> sender(net::peer::Request& request);

 private:
  Rules rules() const;
  void need_directory() const;
  // Tries again when the address has just come to the database.
  io::Task<Resolved> resolve_now(const wire::smtp::Address& address, const Rules& rules,
                                 bool foreign_is_fine);
  // Whether the account may submit letters.
  io::Task<bool> is_active(AccountId account);
  io::Task<bool> is_full(AccountId account);
  base::Counter& counted(std::string_view op, std::string_view result);

  daemon::Runtime& runtime_;
  LoginCache cache_;
  Follower follower_;
  Logins logins_;
  model::directory::Reader reader_;
  struct Use {
    int64_t bytes;
    io::Deadline until;
  };
  std::unordered_map<int64_t, Use> used_;  // of accounts, asked a moment ago
  std::map<std::string, base::Counter, std::less<>> counters_;
};

}  // namespace tegu::router
