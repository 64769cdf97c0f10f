// Who may speak to a socket: root, ourselves, a group and named users.
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <vector>

#include "net/peer/server.h"

namespace tegu::net::peer {

static bool lists(const group& entry, uid_t user) {
  std::vector<char> room(16384);
  passwd account{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &account, room.data(), room.size(), &found) != 0 || !found) return false;
  for (char** member = entry.gr_mem; *member; member++) {
    if (std::string_view(*member) == account.pw_name) return true;
  }
  return false;
}

bool Allowed::admits(uid_t user, gid_t primary_group) const {
  if (user == 0 || user == ::geteuid() || users_.contains(user)) return true;
  std::vector<char> room(65536);
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(group_.c_str(), &entry, room.data(), room.size(), &found) != 0 || !found) {
    return false;
  }
  return entry.gr_gid == primary_group || lists(entry, user);
}

}  // namespace tegu::net::peer
