// System users of the daemons: one each, all with the primary group tegu. Without root everything
// runs as the invoking user.
#pragma once
#include <sys/types.h>

#include <string>

namespace tegu::ctl {

struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

User current_user();
// The user `name`. As root it is made when it does not exist (useradd --system); without root it is
// the invoking user. Throws base::Error when it cannot be made.
User daemon_user(const std::string& name);
// PostgreSQL's: `postgres` as root (throws base::UsageError when the package is not installed).
User database_user();
// "tegu" as root, else the invoking user's primary group.
std::string sockets_group();

}  // namespace tegu::ctl
