// Follower: fills the directory in memory from the database and follows its changes (LISTEN
// tegu_directory; all of it anew after each reconnect and now and then, so a lost notification
// costs minutes at most).
#pragma once
#include <chrono>
#include <string>

#include "directory.h"
#include "io/scope.h"
#include "login_cache.h"
#include "model/directory/reader.h"

namespace tegu::router {

class Follower {
 public:
  Follower(io::Loop& loop, net::pg::Client& database, LoginCache& logins)
      : loop_(loop), database_(database), reader_(database), logins_(logins) {}

  // Until cancelled. A database that is away is waited for.
  io::Task<void> run();

  // Whether the directory was loaded once. While the database is away the last state serves on.
  bool ready() const { return ready_; }
  const Directory& directory() const { return directory_; }

  // For an address that is not there: asks the database whether it has come a moment ago.
  // Afterwards look into the directory again.
  io::Task<void> look_again(std::string domain, std::vector<std::string> locals);
  io::Task<void> look_again(AccountId account);

 private:
  io::Task<void> take(std::vector<int64_t> domains, std::vector<int64_t> accounts,
                      std::vector<int64_t> aliases);
  io::Task<void> listen();
  void heard(std::string_view payload);
  void lost_track();
  io::Task<void> catch_up();
  io::Task<void> load_all();
  io::Task<void> apply(model::directory::News news);
  io::Task<void> apply(std::string_view table, std::vector<int64_t> ids);
  void forget_logins(const model::directory::News& news);

  io::Loop& loop_;
  net::pg::Client& database_;
  model::directory::Reader reader_;
  LoginCache& logins_;
  Directory directory_;
  bool ready_ = false;
  bool reload_ = true;           // something may have been missed
  model::directory::News news_;  // heard and not yet applied
  io::Signal changed_;
};

}  // namespace tegu::router
