// The database's schema: numbered migrations compiled in, applied in one transaction under an
// advisory lock, and the check with which each daemon starts (DESIGN 7).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "io/task.h"
#include "net/pg/client.h"

namespace tegu::model::schema {

// The schema is too old, too new or missing; the text says what to do.
class Mismatch : public base::Error {
 public:
  using Error::Error;
};

// The newest migration of this program; what check() wants.
int required_version();

struct Applied {
  int version;
  std::string name;
  int serves;
  base::WallTime at;
};
struct Status {
  std::vector<Applied> applied;      // by version; empty: a database without our schema
  std::vector<std::string> pending;  // "002_calendar"
};
io::Task<Status> status(net::pg::Client& database);

// Applies what is missing, all or nothing, and writes the rights anew; gives what it applied
// ("001_spine"). Two at once: the second waits and finds nothing to do. Needs a role that may
// create roles, or all roles made before and membership in tegu_owner. Throws Mismatch when the
// database is newer than this program.
io::Task<std::vector<std::string>> migrate(net::pg::Client& database);

// Throws Mismatch unless this program may run with the database's schema.
io::Task<void> check(net::pg::Client& database);

// What of the server's configuration makes "committed" mean less than durable (fsync,
// full_page_writes, synchronous_commit, data checksums), or cannot work (version, encoding).
struct Durability {
  int server_version = 0;             // 150014
  std::vector<std::string> fatal;     // sentences; refuse to start
  std::vector<std::string> warnings;  // sentences; tell and go on
};
io::Task<Durability> durability(net::pg::Client& database);

// "tegu_owner" and one role a daemon.
std::span<const std::string_view> our_roles();

// Sets the password of one of our roles ("tegu_smtpd"); other names throw base::UsageError. Needs
// CREATEROLE or superuser.
io::Task<void> set_password(net::pg::Client& database, std::string role, std::string password);

}  // namespace tegu::model::schema
