#include "state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"

namespace tegu::ctl {

namespace fs = std::filesystem;

constexpr size_t longest_socket_folder = 107 - sizeof "/tegu-router.sock.new";

State::State(std::string folder) : folder_(fs::weakly_canonical(folder)) {}

// Every folder on the way may be passed by everybody.
static bool reachable(const fs::path& path) {
  for (fs::path at = path; !at.empty(); at = at.parent_path()) {
    std::error_code error;
    auto status = fs::status(at, error);
    if (fs::exists(status) && (status.permissions() & fs::perms::others_exec) == fs::perms::none) {
      return false;
    }
    if (at == at.root_path()) break;
  }
  return true;
}

State State::make(const std::string& folder) {
  fs::path wanted = fs::absolute(folder).lexically_normal();
  if (!wanted.has_filename()) wanted = wanted.parent_path();
  if (fs::is_symlink(fs::symlink_status(wanted)) && !fs::exists(wanted)) {
    // The link of an earlier start whose folder was removed.
    fs::create_directories(fs::read_symlink(wanted));
  }
  if (!fs::exists(wanted)) {
    if (wanted.has_parent_path()) fs::create_directories(wanted.parent_path());
    if (::geteuid() == 0 && !reachable(wanted.parent_path())) {
      State elsewhere(
          fmt::format("/var/lib/tegu/{}-{}", wanted.filename().string(), base::random_name(6)));
      fs::create_directories(elsewhere.folder());
      fs::create_directory_symlink(elsewhere.folder(), wanted);
    }
  }
  State state(wanted);
  make_folder(state.folder(), 0755);
  if (::geteuid() == 0 && !reachable(state.folder())) {
    throw base::UsageError(state.folder() +
                           " cannot be reached by the daemons' users; choose another --state");
  }
  return state;
}

static std::string digest(std::string_view text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), bytes, &length, EVP_sha256(), nullptr);
  return base::hex_encode({reinterpret_cast<char*>(bytes), length});
}

std::string State::run_folder() const {
  std::string usual = path("run");
  if (usual.size() <= longest_socket_folder) return usual;
  return fmt::format("/tmp/tegu-{}-{}", ::geteuid(), digest(folder_).substr(0, 12));
}

std::string State::node() const {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) < 0) base::throw_errno("gethostname");
  return fmt::format("{}-{}", host, digest(folder_).substr(0, 8));
}

std::optional<base::Fd> State::lock() const {
  base::Fd fd(::open(path("supervisor.pid").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) base::throw_errno("open " + path("supervisor.pid"));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    base::throw_errno("lock " + path("supervisor.pid"));
  }
  return fd;
}

pid_t State::supervisor() const {
  base::Fd fd(::open(path("supervisor.pid").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return 0;
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return 0;
  auto text = read_file(path("supervisor.pid"));
  return base::parse_number<pid_t>(base::trim(text.value_or(""))).value_or(0);
}

void write_file(const std::string& path, const std::string& text, mode_t mode, uid_t user,
                gid_t group) {
  std::string aside = path + ".new";
  ::unlink(aside.c_str());
  base::Fd fd(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) base::throw_errno("write " + path);
  for (std::string_view rest = text; !rest.empty();) {
    ssize_t wrote = ::write(fd.get(), rest.data(), rest.size());
    if (wrote < 0) base::throw_errno("write " + path);
    rest.remove_prefix(static_cast<size_t>(wrote));
  }
  bool owned = user == uid_t(-1) && group == gid_t(-1);
  if (!owned && ::fchown(fd.get(), user, group) < 0) base::throw_errno("chown " + path);
  if (::fchmod(fd.get(), mode) < 0) base::throw_errno("chmod " + path);
  if (::fsync(fd.get()) < 0) base::throw_errno("sync " + path);
  if (::rename(aside.c_str(), path.c_str()) < 0) base::throw_errno("write " + path);
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    base::throw_errno("read " + path);
  }
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

void make_folder(const std::string& path, mode_t mode, uid_t user, gid_t group) {
  if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST) base::throw_errno("make " + path);
  struct stat now{};
  if (::stat(path.c_str(), &now) < 0) base::throw_errno("look at " + path);
  if (!S_ISDIR(now.st_mode)) throw base::UsageError(path + " is not a folder");
  bool owned = user == uid_t(-1) && group == gid_t(-1);
  if (!owned && ::chown(path.c_str(), user, group) < 0) base::throw_errno("chown " + path);
  if ((now.st_mode & 07777) != mode && ::chmod(path.c_str(), mode) < 0) {
    base::throw_errno("chmod " + path);
  }
}

std::string role_password(const std::string& owner_password, const std::string& role) {
  std::string text = "tegu database role " + role;
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), owner_password.data(), static_cast<int>(owner_password.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &length);
  return base::hex_encode({reinterpret_cast<char*>(bytes), length});
}

}  // namespace tegu::ctl
