// `tegu-ctl status`, and the common operations of the daemons' control sockets: sessions, metrics,
// reload, log.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "fleet.h"
#include "model/schema/schema.h"
#include "state.h"

namespace tegu::ctl {

namespace {

struct Words {
  std::string daemon, level;
};

Json ask_control(const daemon::Conf& conf, const DaemonKind& kind, Json request) {
  return ask(conf, control_socket(kind), "tegu-control", std::move(request));
}

const DaemonKind& kind_named(const std::string& name) {
  for (const auto& kind : fleet()) {
    if (kind.name == name || kind.name == "tegu-" + name) return kind;
  }
  throw Failure(status_usage, name + ": write smtpd, imapd, queue or router");
}

Json without_envelope(Json answer) {
  answer.erase("id");
  answer.erase("ok");
  return answer;
}

Json daemon_row(const daemon::Conf& conf, const DaemonKind& kind) {
  try {
    return without_envelope(ask_control(conf, kind, {{"op", "status"}}));
  } catch (const base::Error& error) {
    return {{"daemon", kind.name}, {"state", "down"}, {"error", error.what()}};
  }
}

std::string megabytes(const Json& row) {
  auto bytes = row.value("resident_bytes", int64_t{0});
  return bytes == 0 ? "" : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

io::Task<model::schema::Durability> look(net::pg::Client& client) {
  co_await model::schema::check(client);
  co_return co_await model::schema::durability(client);
}

// What is wrong with the database, one sentence each; empty when all is well.
std::vector<std::string> database_problems(const Context& context) {
  try {
    auto found = with_database(context, [](net::pg::Client& client) { return look(client); });
    found.fatal.insert(found.fatal.end(), found.warnings.begin(), found.warnings.end());
    return found.fatal;
  } catch (const base::Error& error) {
    return {error.what()};
  }
}

int show_status(const Context& context) {
  auto conf = context.conf();
  Json daemons = Json::array();
  bool all_ready = true;
  for (const auto& kind : fleet()) {
    daemons.push_back(daemon_row(conf, kind));
    auto& row = daemons.back();
    if (row["state"] != "ready") all_ready = false;
    row["memory"] = megabytes(row);
  }
  auto problems = database_problems(context);
  if (context.json) {
    Json listen(conf.listen);
    std::cout << Json{{"node", conf.node},         {"ready", all_ready && problems.empty()},
                      {"database", conf.database}, {"database_problems", problems},
                      {"listen", listen},          {"daemons", daemons}}
                     .dump(2)
              << "\n";
  } else {
    print_rows(context, daemons,
               {{"daemon", "DAEMON"},
                {"state", "STATE"},
                {"pid", "PID"},
                {"up_seconds", "UP (S)"},
                {"sessions", "SESSIONS"},
                {"memory", "MEMORY"}});
    for (const auto& problem : problems) std::cout << "database: " << problem << "\n";
    if (problems.empty()) std::cout << "database: durable, schema as wanted\n";
  }
  return all_ready && problems.empty() ? status_done : status_unavailable;
}

int show_sessions(const Context& context) {
  auto conf = context.conf();
  Json rows = Json::array();
  for (const auto& kind : fleet()) {
    for (auto& row : ask_control(conf, kind, {{"op", "sessions"}})["sessions"]) {
      rows.push_back(std::move(row));
    }
  }
  print_rows(context, rows,
             {{"id", "ID"},
              {"service", "SERVICE"},
              {"peer", "PEER"},
              {"login", "LOGIN"},
              {"state", "STATE"},
              {"since", "SINCE"}});
  return status_done;
}

int show_metrics(const Context& context, const Words& words) {
  auto answer = ask_control(context.conf(), kind_named(words.daemon), {{"op", "metrics"}});
  std::cout << answer.value("text", "");
  return status_done;
}

int reload(const Context& context) {
  auto conf = context.conf();
  for (const auto& kind : fleet()) ask_control(conf, kind, {{"op", "reload"}});
  print_done(context, "certificates are read anew", Json::object());
  return status_done;
}

int set_log_level(const Context& context, const Words& words) {
  ask_control(context.conf(), kind_named(words.daemon),
              {{"op", "log_level"}, {"level", words.level}});
  print_done(context, words.daemon + " logs " + words.level + " until it ends",
             {{"daemon", words.daemon}, {"level", words.level}});
  return status_done;
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  auto words = std::make_shared<Words>();  // owned by the callbacks
  on(app.add_subcommand("status", "How the daemons and the database are"), context, show_status);
  on(app.add_subcommand("sessions", "Who is connected"), context, show_sessions);
  on(app.add_subcommand("reload", "Read certificates anew"), context, reload);
  auto* metrics = app.add_subcommand("metrics", "A daemon's metrics, as Prometheus reads them");
  metrics->add_option("daemon", words->daemon, "smtpd, imapd, queue or router")->required();
  on(metrics, context, words, show_metrics);
  auto* log = app.add_subcommand("log", "Change how much a running daemon logs");
  log->add_option("daemon", words->daemon, "smtpd, imapd, queue or router")->required();
  log->add_option("level", words->level, "debug, info, warn or error")->required();
  on(log, context, words, set_log_level);
}

}  // namespace tegu::ctl
