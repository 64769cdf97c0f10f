// tegu-ctl: the administrator's tool, and the supervisor of one machine. See man/tegu-ctl.8.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/text.h"
#include "context.h"
#include "model/schema/schema.h"
#include "near_words.h"

namespace tegu::ctl {

static int explain(const Context& context, int status, const std::string& text) {
  if (context.json) {
    std::cout << Json{{"error", text}, {"status", status}}.dump() << "\n";
  } else {
    std::cerr << "tegu-ctl: " << text << "\n";
  }
  return status;
}

static int run_command(const Context& context) {
  try {
    return context.command();
  } catch (const Failure& error) {
    return explain(context, error.status(), error.what());
  } catch (const base::UsageError& error) {
    return explain(context, status_usage, error.what());
  } catch (const model::schema::Mismatch& error) {
    return explain(context, status_configuration, error.what());
  } catch (const net::pg::Unavailable& error) {
    return explain(context, status_unavailable,
                   std::string(error.what()) + "; is the server up? (tegu-ctl status)");
  } catch (const net::peer::Unavailable& error) {
    return explain(context, status_unavailable,
                   std::string(error.what()) + "; is the server up? (tegu-ctl status)");
  } catch (const net::peer::Refused& error) {
    bool temporary = error.failure() == wire::peer::Failure::temporary;
    return explain(context, temporary ? status_temporary : status_no, error.what());
  } catch (const base::SystemError& error) {
    bool denied = error.number() == EACCES || error.number() == EPERM;
    return explain(context, denied ? status_permission : status_no,
                   denied ? std::string(error.what()) + "; try as root" : error.what());
  } catch (const std::exception& error) {
    return explain(context, status_no, error.what());
  }
}

// `sendmail` has options of its own that must not be read as ours: everything behind it is left
// alone. Gives the index of that word, or 0.
static int find_sendmail(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    std::string_view word = argv[i];
    if (word == "--state" || word == "--config") {
      i++;
    } else if (!word.starts_with('-')) {
      return word == "sendmail" ? i : 0;
    }
  }
  return 0;
}

// The word in the place of a command that is none; nothing when there is no such word.
static std::optional<std::string> name_unknown(const CLI::App& app) {
  std::vector<std::string> left = app.remaining(true);
  auto word = std::ranges::find_if(left, [](auto& one) { return !one.starts_with('-'); });
  if (word == left.end()) return std::nullopt;
  const CLI::App* at = &app;
  std::string path;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += at->get_name() + ": ";
  }
  std::vector<std::string> known;
  for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(command->get_name());
  }
  auto near = near_words(*word, known);
  return fmt::format("{}unknown command \"{}\"; {} {}{}", path, base::escape_controls(*word),
                     near.empty() ? "there are" : "did you mean",
                     fmt::join(near.empty() ? known : near, ", "), near.empty() ? "" : "?");
}

static int run(int argc, char** argv) {
  Context context;
  CLI::App app("Administers Tegu, and starts it on one machine", "tegu-ctl");
  app.fallthrough();
  app.require_subcommand(1);
  app.set_version_flag("--version", "tegu-ctl " TEGU_VERSION);
  app.add_option("--state", context.state_option, "State folder of `tegu-ctl up` (./var)");
  app.add_option("--config", context.config_option,
                 "Configuration of the owner (STATE/ctl.conf, /etc/tegu/ctl.conf)");
  app.add_flag("--json", context.json, "Answer in JSON");
  add_up(app, context);
  add_down(app, context);
  add_status(app, context);
  add_database(app, context);
  add_domain(app, context);
  add_account(app, context);
  add_alias(app, context);
  add_route(app, context);
  add_config(app, context);
  add_queue(app, context);
  add_completion(app, context);
  app.add_subcommand("sendmail", "Hand in a letter as /usr/sbin/sendmail does")->prefix_command();
  int parsed = argc;
  std::string_view program = argv[0];
  bool as_sendmail = program.substr(program.rfind('/') + 1) == "sendmail";
  int at = as_sendmail ? 0 : find_sendmail(argc, argv);
  if (as_sendmail || at > 0) parsed = at + 1;
  try {
    if (!as_sendmail) app.parse(parsed, argv);
  } catch (const CLI::RequiredError& error) {
    auto unknown = name_unknown(app);
    return unknown ? explain(context, status_usage, *unknown) : (app.exit(error), status_usage);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? status_done : status_usage;
  }
  if (as_sendmail || at > 0) {
    context.command = [&] { return run_sendmail(context, argc - at, argv + at); };
  }
  return run_command(context);
}

}  // namespace tegu::ctl

int main(int argc, char** argv) {
  tegu::base::log::open("tegu-ctl", tegu::base::log::Level::warn, tegu::base::log::Format::text);
  return tegu::ctl::run(argc, argv);
}
