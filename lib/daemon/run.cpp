#include "daemon/run.h"

#include <malloc.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "daemon/doors.h"
#include "daemon/process.h"

namespace tegu::daemon {

constexpr int exit_usage = 64;
constexpr int exit_configuration = 78;

// Pieces of large letters come and go all the time: their memory is kept for the next one, instead
// of being given back and taken anew page by page.
static void keep_freed_memory() {
  constexpr int kept = 4 << 20, mapped_alone = 1 << 20;
  (void)::mallopt(M_MMAP_THRESHOLD, mapped_alone);
  (void)::mallopt(M_TRIM_THRESHOLD, kept);
}

static int run_configured(const Declaration& declaration, const Conf& conf, bool only_check) {
  Certificate certificate(conf);
  if (only_check) {
    std::cout << declaration.name << ": configuration is good\n";
    return 0;
  }
  keep_freed_memory();
  ::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  Doors doors = open_doors(declaration, conf);
  drop_rights(conf);
  Process process(declaration, conf, doors, certificate);
  return process.run();
}

int run(int argc, char** argv, const Declaration& declaration) {
  CLI::App app(declaration.description, declaration.name);
  std::string file = "/etc/tegu/tegu.conf";
  bool only_check = false;
  app.add_option("--config", file, "Configuration file, see tegu.conf(5)")->capture_default_str();
  app.add_flag("--check", only_check, "Read the configuration, say what is wrong, and end");
  app.set_version_flag("--version", declaration.name + " " TEGU_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  base::log::open(declaration.name, base::log::Level::info, base::log::Format::text);
  try {
    if (const char* list = ::getenv("TEGU_FAILPOINTS")) base::arm_failpoints(list);
    Conf conf = read_conf(file);
    base::log::open(declaration.name, conf.log_level, conf.log_format);
    return run_configured(declaration, conf, only_check);
  } catch (const base::UsageError& error) {
    base::log::error("daemon.configuration", {{"error", error.what()}});
    return exit_configuration;
  } catch (const std::exception& error) {
    base::log::error("daemon.failed", {{"error", error.what()}});
    return 1;
  }
}

}  // namespace tegu::daemon
