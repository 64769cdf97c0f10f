// The state folder of `tegu-ctl up`: where what lies, and which secrets it keeps.
//   ctl.conf            the owner's configuration (0600)
//   owner.pgpass, admin.pgpass   database passwords of tegu_owner and of the private cluster's
//                       superuser, in libpq's format (0600)
//   conf/tegu-*.conf    one for each daemon (0600, its user's)
//   database/           the private PostgreSQL: socket, data/
//   tls/cert.pem, tls/key.pem
//   run/                sockets of the daemons
//   log                 of a detached supervisor and its daemons (tegu.log)
//   passwords           of the sample accounts (0600)
//   supervisor.pid      locked as long as the supervisor lives
#pragma once
#include <sys/types.h>
#include <optional>
#include <string>

#include "base/handle.h"

namespace tegu::ctl {

class State {
 public:
  // An existing folder.
  explicit State(std::string folder);

  // Makes the folder and gives it by its real path. As root, a folder that other users cannot reach
  // (below /root) goes to /var/lib/tegu/<name> and `folder` becomes a symbolic link to it.
  static State make(const std::string& folder);

  const std::string& folder() const { return folder_; }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string run_folder() const;  // run/, or a short place when that path is too long for sockets
  std::string spool_folder() const { return path("spool"); }  // where daemons put large letters
  std::string node() const;  // "<host>-<folder name>-<hash of the path>"

  // The supervisor's lock: held until the Fd closes. Nothing when another one holds it.
  std::optional<base::Fd> lock() const;
  pid_t supervisor() const;  // 0: none runs

 private:
  std::string folder_;
};

// Replaces the file's content at once (write aside, rename). `user` -1: ours.
void write_file(const std::string& path, const std::string& text, mode_t mode, uid_t user = -1,
                gid_t group = -1);
std::optional<std::string> read_file(const std::string& path);  // nothing when it is not there
void make_folder(const std::string& path, mode_t mode, uid_t user = -1, gid_t group = -1);

// The password of a daemon's database role. All nodes of a cluster derive the same from the
// owner's, so that none has to be told (HMAC-SHA-256, RFC 2104).
std::string role_password(const std::string& owner_password, const std::string& role);

}  // namespace tegu::ctl
