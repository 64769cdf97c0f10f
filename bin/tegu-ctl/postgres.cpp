#include "postgres.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"
#include "fleet.h"

namespace tegu::ctl {

namespace fs = std::filesystem;

constexpr int oldest_version = 14;
constexpr const char* superuser = "postgres";
constexpr size_t password_length = 32;

// What differs from PostgreSQL's own defaults, and what must not.
constexpr const char* configuration = R"(# Written by tegu-ctl up at each start.
listen_addresses = ''
unix_socket_permissions = 0777
password_encryption = 'scram-sha-256'
fsync = on
full_page_writes = on
synchronous_commit = on
max_connections = 400
superuser_reserved_connections = 10
wal_buffers = '16MB'
# So that a commit finds most of a large letter's log written.
wal_writer_delay = '10ms'
checkpoint_timeout = '15min'
jit = off
wal_level = 'replica'
max_wal_senders = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
logging_collector = off
log_min_messages = 'warning'
log_line_prefix = '%m postgres %a %u '
)";

// Of the machine, or of the container that we are in.
static uint64_t memory_mib() {
  auto pages = std::max(::sysconf(_SC_PHYS_PAGES), 0L);
  uint64_t memory =
      static_cast<uint64_t>(pages) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)) >> 20;
  std::string limit(base::trim(read_file("/sys/fs/cgroup/memory.max").value_or("max")));
  return std::min(memory, base::parse_number<uint64_t>(limit).value_or(UINT64_MAX) >> 20);
}

// What follows the machine, in MiB. A sixteenth of the memory: the rest is the kernel's cache. A
// twentieth of the free disk for the log between checkpoints, of which an eighth stays.
static std::string sizes(const std::string& folder) {
  std::error_code error;
  uint64_t disk = fs::space(folder, error).available >> 20;
  uint64_t wal = error ? 1024 : std::clamp<uint64_t>(disk / 20, 1024, 8192);
  return fmt::format("shared_buffers = '{}MB'\nmax_wal_size = '{}MB'\nmin_wal_size = '{}MB'\n",
                     std::clamp<uint64_t>(memory_mib() / 16, 128, 1024), wal, wal / 8);
}

// The newest under Debian's folder, else what PATH would find in /usr/bin.
static std::string find_programs() {
  int newest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
    int version = base::parse_number<int>(entry.path().filename().string()).value_or(0);
    if (fs::exists(entry.path() / "bin/initdb")) newest = std::max(newest, version);
  }
  if (newest >= oldest_version) return fmt::format("/usr/lib/postgresql/{}/bin", newest);
  if (fs::exists("/usr/bin/initdb") && fs::exists("/usr/bin/postgres")) return "/usr/bin";
  throw base::UsageError(
      "PostgreSQL 14 or newer is not installed; run contrib/bootstrap --run, or give --database");
}

PrivatePostgres::PrivatePostgres(const State& state)
    : state_(state),
      user_(database_user()),
      programs_(find_programs()),
      folder_(state.path("database")) {
  if (folder_.size() + sizeof "/.s.PGSQL.5432.lock" > 107) {
    throw base::UsageError(state.folder() + " is too long a path for a socket; use a shorter one");
  }
}

static void make_passfile(const std::string& path, const std::string& role) {
  if (fs::exists(path)) return;
  write_file(path, fmt::format("*:*:*:{}:{}\n", role, base::random_name(password_length)), 0600);
}

// The system says who is who: root and the owner of the cluster may be any role, each daemon's user
// its own. Without root there is one user, who is all of them.
static std::string ident_map(const User& owner) {
  std::string lines = "# Written by tegu-ctl up at each start.\n";
  auto may_be = [&](const std::string& user, const char* role) {
    lines += fmt::format("tegu \"{}\" {}\n", user, role);
  };
  for (const auto& user : std::set<std::string>{"root", owner.name}) {
    for (const char* role : {superuser, "tegu_owner", "tegu_smtpd", "tegu_router", "tegu_queue",
                             "tegu_imapd", "tegu_davd", "tegu_migrate"}) {
      may_be(user, role);
    }
  }
  for (const auto& kind : fleet()) {
    auto user = daemon_user(kind.name).name;
    if (user != owner.name) may_be(user, kind.role);
  }
  return lines;
}

static std::string read_passfile(const std::string& path) {
  auto text = read_file(path);
  if (!text) throw base::UsageError(path + " is missing");
  auto line = base::trim(*text);
  return std::string(line.substr(line.rfind(':') + 1));
}

bool PrivatePostgres::prepare() {
  make_folder(folder_, 0755, user_.uid, user_.gid);
  std::string data = folder_ + "/data";
  // initdb writes PG_VERSION last but for a few files; an interrupted one starts anew.
  bool fresh = !fs::exists(folder_ + "/initialised");
  if (fresh) {
    fs::remove_all(data);
    make_passfile(state_.path("admin.pgpass"), superuser);
    make_passfile(state_.path("owner.pgpass"), "tegu_owner");
    std::string secret = folder_ + "/first-password";
    write_file(secret, read_passfile(state_.path("admin.pgpass")), 0600, user_.uid, user_.gid);
    auto ended = run_program({programs_ + "/initdb", "-D", data, "-U", superuser, "--pwfile",
                              secret, "--auth-local=scram-sha-256", "--auth-host=scram-sha-256",
                              "--data-checksums", "--encoding=UTF8", "--locale=C"},
                             user_);
    fs::remove(secret);
    if (ended.status != 0) throw base::Error("initdb failed:\n" + ended.output);
    write_file(folder_ + "/initialised", "", 0644);
  }
  write_file(
      data + "/tegu.conf",
      fmt::format("{}{}unix_socket_directories = '{}'\n", configuration, sizes(folder_), folder_),
      0600, user_.uid, user_.gid);
  write_file(data + "/pg_hba.conf",
             "# Written by tegu-ctl up at each start: no network, no passwords.\n"
             "local all all peer map=tegu\n",
             0600, user_.uid, user_.gid);
  write_file(data + "/pg_ident.conf", ident_map(user_), 0600, user_.uid, user_.gid);
  std::string include = "include = 'tegu.conf'\n";
  std::string main = read_file(data + "/postgresql.conf").value_or("");
  if (!main.contains(include)) {
    write_file(data + "/postgresql.conf", main + "\n" + include, 0600, user_.uid, user_.gid);
  }
  return fresh;
}

Program PrivatePostgres::program(int output) const {
  return {.words = {programs_ + "/postgres", "-D", folder_ + "/data"},
          .user = user_,
          .environment = {},
          .end_signal = SIGINT,  // fast shutdown
          .output = output};
}

bool PrivatePostgres::answers() const {
  return run_program({programs_ + "/pg_isready", "-q", "-h", folder_}, std::nullopt).status == 0;
}

void PrivatePostgres::create_database() const {
  std::string mark = folder_ + "/created";
  if (fs::exists(mark)) return;
  auto ended = run_program({programs_ + "/createdb", "-h", folder_, "-U", superuser, "-w",
                            "--maintenance-db=postgres", "tegu"},
                           std::nullopt, {{"PGPASSFILE", state_.path("admin.pgpass")}});
  if (ended.status != 0 && !ended.output.contains("already exists")) {
    throw base::Error("createdb failed:\n" + ended.output);
  }
  write_file(mark, "", 0644);
}

std::string PrivatePostgres::conninfo(const std::string& role, const std::string& passfile) const {
  return fmt::format("host='{}' dbname=tegu user={} passfile='{}'", folder_, role, passfile);
}

std::string PrivatePostgres::admin_conninfo() const {
  return conninfo(superuser, state_.path("admin.pgpass"));
}

std::string PrivatePostgres::owner_conninfo() const {
  return conninfo("tegu_owner", state_.path("owner.pgpass"));
}

std::string PrivatePostgres::owner_password() const {
  return read_passfile(state_.path("owner.pgpass"));
}

}  // namespace tegu::ctl
