// A private, throw-away PostgreSQL for the tests of what needs one: initdb in a folder under /tmp,
// a Unix socket only, no fsync, gone with the test program (also when that is killed). As root it
// runs as user "postgres".
#pragma once
#include <sys/types.h>

#include <string>

namespace tegu::test {

class Postgres {
 public:
  // One for the test program, started when it is first asked for. Throws std::runtime_error.
  static Postgres& shared();

  Postgres();
  ~Postgres();
  Postgres(const Postgres&) = delete;

  // For the superuser "postgres".
  std::string conninfo(const std::string& database = "postgres") const;
  // A new, empty database; its conninfo.
  std::string fresh_database();

  void stop();   // at once, as by a crash
  void start();  // returns when it accepts connections
  void restart() {
    stop();
    start();
  }
  // Freezes or thaws all of the server (SIGSTOP, SIGCONT): a server that does not answer.
  void freeze(bool frozen);

  const std::string& folder() const { return folder_; }

 private:
  void run(const std::string& command_line) const;
  std::string folder_, programs_;
  pid_t server_ = -1;
  int life_line_ = -1;  // its other end is held by the process that tidies up after us
  int databases_ = 0;
};

}  // namespace tegu::test
