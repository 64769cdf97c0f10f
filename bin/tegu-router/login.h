// Is this login right? The password is checked against the account's hashes on a worker thread;
// wrong answers are slow, cost the same for unknown users, and are counted (throttle.h).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/settings.h"
#include "follow.h"
#include "io/workers.h"
#include "login_cache.h"
#include "resolve.h"
#include "throttle.h"
#include "wire/peer/router.h"

namespace tegu::router {

struct LoginRules {
  ThrottleRules throttle;
  std::chrono::seconds cache_time{60};
  int hash_cost = 5;
};
LoginRules login_rules(const base::Settings& settings);

class Logins {
 public:
  Logins(net::pg::Client& database, io::Workers& workers, Follower& follower, LoginCache& cache)
      : reader_(database), workers_(workers), follower_(follower), cache_(cache) {}

  // Throws net::peer::Refused: `refused` when login or password is wrong (after a pause), and
  // `temporary` when it cannot tell now; net::pg::Error when the database is away. The request's
  // password is wiped.
  io::Task<wire::peer::LoginAnswer> check(wire::peer::LoginRequest request, Rules rules,
                                          LoginRules limits);

 private:
  // What several connections of one client ask at the same time is checked once.
  struct Running {
    io::Event ended;
    bool compared = false;  // false at the end: the world is broken
    bool right = false;
    Moment answer_at{};
  };
  struct Asked;
  io::Task<void> find(Asked& asked, const Rules& rules);
  io::Task<bool> join(std::shared_ptr<Running> running);
  io::Task<bool> verify(Asked& asked, LoginRules limits);
  io::Task<bool> compare(Asked& asked, int hash_cost);
  io::Task<std::string> dummy(int cost);
  io::Task<void> hold(Moment until);
  [[noreturn]] void refuse(const Asked& asked, const char* reason);

  model::directory::Reader reader_;
  io::Workers& workers_;
  Follower& follower_;
  LoginCache& cache_;
  Throttle throttle_;
  // Owners: this map and the coroutines that check or wait.
  std::map<std::string, std::shared_ptr<Running>> running_;
  size_t held_ = 0;  // answers that wait for their time
  int dummy_cost_ = 0;
  std::string dummy_hash_;
};

}  // namespace tegu::router
