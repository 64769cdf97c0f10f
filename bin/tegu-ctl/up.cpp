// `tegu-ctl up`: a whole mail server on this machine without systemd. Prepares the state folder,
// starts PostgreSQL and the daemons, keeps them running, and ends all of them when it ends.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "conninfo.h"
#include "detach.h"
#include "fleet.h"
#include "io/scope.h"
#include "io/socket.h"
#include "model/schema/schema.h"
#include "postgres.h"
#include "sample.h"
#include "state.h"
#include "supervisor.h"

namespace tegu::ctl {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto start_patience = 90s;
constexpr int most_quick_ends = 4;  // of a daemon while we wait for it

struct UpOptions {
  FleetOptions fleet;
  std::string database;
  bool detach = false;
  bool sample = false;
};

class Up {
 public:
  Up(const Context& context, const UpOptions& options, int notice)
      : context_(context), options_(options), notice_(notice) {}
  int run();

 private:
  // Progress for the terminal; JSON mode says only the last line.
  void tell(const std::string& text) {
    if (!context_.json) say(text + "\n");
  }
  void say(const std::string& text);
  void prepare();
  io::Task<int> serve(Supervisor& supervisor);
  io::Task<void> begin(Supervisor& supervisor);
  io::Task<void> start_postgres(Supervisor& supervisor);
  io::Task<void> migrate(io::Loop& loop);
  io::Task<void> set_role_passwords(net::pg::Client& database);
  io::Task<bool> accepts(io::Loop& loop, std::string role);
  io::Task<void> start_daemons(Supervisor& supervisor);
  io::Task<void> wait_ready(io::Loop& loop, const DaemonKind& kind, Supervisor::Child& child);
  io::Task<void> wait_for_ports(io::Loop& loop);
  io::Task<void> end(Supervisor& supervisor);
  void tell_ready();

  const Context& context_;
  UpOptions options_;
  int notice_;  // detached: where the waiting command reads what we say
  std::optional<State> state_;
  std::optional<PrivatePostgres> postgres_;
  std::string owner_conninfo_, owner_password_;
  std::string group_;
  Supervisor::Child* database_child_ = nullptr;
  std::vector<Supervisor::Child*> daemons_;
  std::string sample_text_;
  io::Clock::time_point begun_ = io::Clock::now();
};

void Up::say(const std::string& text) {
  std::string_view rest = text;
  int fd = notice_ >= 0 ? notice_ : STDOUT_FILENO;
  while (!rest.empty()) {
    ssize_t wrote = ::write(fd, rest.data(), rest.size());
    if (wrote <= 0) return;  // nobody reads any more
    rest.remove_prefix(static_cast<size_t>(wrote));
  }
}

void Up::prepare() {
  group_ = sockets_group();
  for (const auto& kind : fleet()) daemon_user(kind.name);
  gid_t group = daemon_user(fleet()[0].name).gid;
  make_folder(state_->path("conf"), 0755);
  // Every daemon makes its sockets there, nobody removes another's.
  make_folder(state_->run_folder(), 01770, ::geteuid(), group);
  make_folder(state_->spool_folder(), 01770, ::geteuid(), group);
  prepare_certificate(*state_);
  if (options_.fleet.addresses.empty()) options_.fleet.addresses = loopback_addresses();
  check_ports(options_.fleet);
  check_programs();
  if (options_.database.empty()) {
    postgres_.emplace(*state_);
    tell("preparing PostgreSQL in " + state_->path("database"));
    postgres_->prepare();
    owner_conninfo_ = postgres_->owner_conninfo();
    owner_password_ = postgres_->owner_password();
  } else {
    owner_password_ = password_of(options_.database);
    owner_conninfo_ = with_owner(without_password(options_.database));
    if (!owner_password_.empty() && !owner_conninfo_.contains("passfile=")) {
      write_file(state_->path("owner.pgpass"), "*:*:*:*:" + owner_password_ + "\n", 0600);
      owner_conninfo_ += fmt::format(" passfile='{}'", state_->path("owner.pgpass"));
    }
  }
  std::vector<std::string> all;
  for (const auto& service : daemon::services) all.emplace_back(service.name);
  write_file(state_->path("ctl.conf"),
             conf_text(*state_, owner_conninfo_, group_, options_.fleet, all), 0600);
}

io::Task<void> Up::start_postgres(Supervisor& supervisor) {
  tell("starting PostgreSQL");
  auto deadline = io::after(start_patience);
  database_child_ = &supervisor.keep("postgres", postgres_->program(-1), SIGINT);
  while (!postgres_->answers()) {
    if (database_child_->quick_ends >= most_quick_ends || io::Clock::now() > deadline) {
      throw Failure(status_unavailable, "PostgreSQL does not start; its messages are above or in " +
                                            state_->path("tegu.log"));
    }
    if (supervisor.wanted_end().is_set()) throw io::Cancelled();
    co_await io::sleep_for(50ms);
  }
  postgres_->create_database();
}

// True when the role's derived password is in force already.
io::Task<bool> Up::accepts(io::Loop& loop, std::string role) {
  net::pg::Config config;
  config.conninfo = conninfo_of_role(owner_conninfo_, owner_password_, role);
  config.application_name = "tegu-ctl";
  config.shared_connections = 1;
  config.pool_wait = 3s;
  net::pg::Client client(loop, config);
  try {
    co_await model::schema::check(client);
    co_return true;
  } catch (const base::Error&) {
    co_return false;
  }
}

io::Task<void> Up::set_role_passwords(net::pg::Client& database) {
  for (const auto& kind : fleet()) {
    co_await model::schema::set_password(database, kind.role,
                                         role_password(owner_password_, kind.role));
  }
  if (postgres_) co_await model::schema::set_password(database, "tegu_owner", owner_password_);
}

io::Task<void> Up::migrate(io::Loop& loop) {
  net::pg::Config config;
  config.conninfo = postgres_ ? postgres_->admin_conninfo() : owner_conninfo_;
  config.application_name = "tegu-ctl";
  config.shared_connections = 1;
  config.pool_wait = 15s;
  net::pg::Client database(loop, config);
  auto durability = co_await model::schema::durability(database);
  for (const auto& warning : durability.warnings) tell("warning: " + warning);
  if (!durability.fatal.empty()) throw Failure(status_configuration, durability.fatal[0]);
  auto applied = co_await model::schema::migrate(database);
  if (!applied.empty()) tell("schema: applied " + base::join(applied, ", "));
  if (owner_password_.empty()) co_return;
  if (postgres_ || !co_await accepts(loop, fleet()[0].role)) co_await set_role_passwords(database);
}

io::Task<void> Up::wait_ready(io::Loop& loop, const DaemonKind& kind, Supervisor::Child& child) {
  auto deadline = io::after(start_patience);
  net::peer::Client client(loop, {.path = state_->run_folder() + "/" + control_socket(kind),
                                  .protocol = "tegu-control",
                                  .version = 1,
                                  .patience = 200ms});
  io::Scope scope(loop);
  scope.spawn(client.run());
  struct Body {
    static io::Task<void> poll(net::peer::Client& client, Supervisor::Child& child,
                               io::Deadline deadline) {
      for (;;) {
        try {
          auto answer = co_await client.call({{"op", "status"}}, {}, io::after(5s));
          if (answer.value("state", "") == "ready" && answer.value("pid", 0) == child.pid)
            co_return;
        } catch (const base::Error&) {
          // Not there yet.
        }
        if (child.quick_ends >= most_quick_ends || io::Clock::now() > deadline) {
          throw Failure(status_unavailable,
                        fmt::format("{} does not start (last status {}); its messages are above "
                                    "or in the log",
                                    child.name, child.status));
        }
        co_await io::sleep_for(20ms);
      }
    }
  };
  co_await scope.enclose(Body::poll(client, child, deadline));
}

io::Task<void> Up::start_daemons(Supervisor& supervisor) {
  for (const auto& kind : fleet()) {
    tell(std::string("starting ") + kind.name);
    auto conf = conf_text(*state_, conninfo_of_role(owner_conninfo_, owner_password_, kind.role),
                          group_, options_.fleet, kind.services);
    daemons_.push_back(
        &supervisor.keep(kind.name, prepare_daemon(*state_, kind, conf, -1), SIGTERM));
  }
  for (size_t i = 0; i < daemons_.size(); i++) {
    co_await wait_ready(supervisor.scope().loop(), fleet()[i], *daemons_[i]);
  }
  co_await wait_for_ports(supervisor.scope().loop());
}

io::Task<void> Up::wait_for_ports(io::Loop& loop) {
  for (const auto& [service, endpoints] : listen_map(*state_, options_.fleet)) {
    for (const auto& text : endpoints) {
      if (auto endpoint = io::Endpoint::parse(text))
        co_await io::connect(loop, *endpoint, io::after(10s));
    }
  }
}

void Up::tell_ready() {
  double seconds = std::chrono::duration<double>(io::Clock::now() - begun_).count();
  Json ports;
  std::string list;
  for (const auto& service : daemon::services) {
    if (service.port == 0) continue;
    unsigned port = service.port + static_cast<unsigned>(options_.fleet.port_offset);
    ports[std::string(service.name)] = port;
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", service.name, port);
  }
  if (context_.json) {
    say(Json{{"ready", true},
             {"state", state_->folder()},
             {"node", state_->node()},
             {"pid", ::getpid()},
             {"ports", ports},
             {"database", owner_conninfo_},
             {"seconds", seconds}}
            .dump() +
        "\n");
    return;
  }
  say(sample_text_);
  say(fmt::format("ready after {:.1f} s: {}\n", seconds, list));
  say(fmt::format("tegu-ctl --state {} status, or --help for everything else\n", context_.state()));
  if (notice_ < 0) say("Ctrl-C ends it; everything is kept\n");
}

io::Task<void> Up::begin(Supervisor& supervisor) {
  auto& loop = supervisor.scope().loop();
  if (postgres_) co_await start_postgres(supervisor);
  co_await migrate(loop);
  co_await start_daemons(supervisor);
  if (options_.sample) {
    sample_text_ = co_await make_sample(loop, *state_, daemon::read_conf(state_->path("ctl.conf")),
                                        options_.fleet.port_offset);
  }
  tell_ready();
}

// Those who take mail in first, then those whom they need.
io::Task<void> Up::end(Supervisor& supervisor) {
  for (auto child = daemons_.rbegin(); child != daemons_.rend(); ++child) {
    co_await supervisor.stop(**child, 15s);
  }
  if (database_child_) co_await supervisor.stop(*database_child_, 30s);
  co_await supervisor.close();
}

io::Task<void> begin_or_cancel(io::Task<void> begin, io::Scope& beginning,
                               std::exception_ptr& error) {
  try {
    co_await std::move(begin);
  } catch (const io::Cancelled&) {
  } catch (...) {
    error = std::current_exception();
  }
  beginning.cancel();
}

io::Task<void> cancel_when(io::Event& event, io::Scope& scope) {
  co_await event.wait();
  scope.cancel();
}

io::Task<int> Up::serve(Supervisor& supervisor) {
  auto& loop = supervisor.scope().loop();
  supervisor.scope().spawn(supervisor.follow_signals(notice_ < 0));
  std::exception_ptr error;
  io::Scope beginning(loop);
  beginning.spawn(cancel_when(supervisor.wanted_end(), beginning));
  beginning.spawn(begin_or_cancel(begin(supervisor), beginning, error));
  co_await beginning.join();
  if (!error) {
    if (notice_ >= 0) ::close(std::exchange(notice_, -2));
    co_await supervisor.wanted_end().wait();
    base::log::info("supervisor.end");
  }
  co_await end(supervisor);
  if (error) std::rethrow_exception(error);
  co_return status_done;
}

int Up::run() {
  state_ = State::make(context_.state());
  auto lock = state_->lock();
  if (!lock) {
    throw Failure(status_no, fmt::format("a server runs on {} already (process {}); end it with "
                                         "`tegu-ctl down --state {}`",
                                         context_.state(), state_->supervisor(), context_.state()));
  }
  auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock->get(), 0) < 0 || ::pwrite(lock->get(), pid.data(), pid.size(), 0) < 0) {
    base::throw_errno("write supervisor.pid");
  }
  prepare();
  io::Loop loop;
  Supervisor supervisor(loop);
  return loop.run_until_done(serve(supervisor));
}

int run_up(const Context& context, const UpOptions& options) {
  base::log::set_level(base::log::Level::info);
  if (!options.detach) return Up(context, options, -1).run();
  auto log = State::make(context.state()).path("tegu.log");
  return run_detached(context, log, [&](int words) { return Up(context, options, words).run(); });
}

}  // namespace

void add_up(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("up", "Start a whole server here, with its own PostgreSQL");
  auto options = std::make_shared<UpOptions>();  // owned by the command's callback
  command
      ->add_option("--port-offset", options->fleet.port_offset,
                   "Port of a service = standard port + this")
      ->capture_default_str();
  command->add_option("--listen", options->fleet.addresses,
                      "Address to listen on (loopback; repeatable)");
  command->add_option("--database", options->database,
                      "Use this database of tegu_owner instead: a further node of its cluster");
  command->add_option("--log-level", options->fleet.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  command->add_flag("--detach", options->detach, "Return when everything answers");
  command->add_flag("--sample", options->sample,
                    "On the first start: example.org with alice and bob, and a letter for each");
  on(command, context, options, run_up);
}

}  // namespace tegu::ctl
