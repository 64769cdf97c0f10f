// The skeleton of every daemon: options, tegu.conf, log, listening sockets (own or systemd's),
// dropped rights, signals, one event loop a core, database, settings that follow the table,
// metrics, control socket, readiness, drain. A daemon declares itself and serves:
//
//   int main(int argc, char** argv) {
//     return daemon::run(argc, argv, {.name = "tegu-imapd",
//                                     .description = "IMAP server",
//                                     .services = {"imap", "imaps"},
//                                     .serve = serve});
//   }
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "daemon/runtime.h"
#include "io/task.h"

namespace tegu::daemon {

struct Declaration {
  std::string name;                        // "tegu-router"
  std::string description;                 // one line for --help
  std::vector<std::string> services = {};  // doors of tegu.conf that it opens: "smtp", "lmtp" ...
  std::vector<std::string> sockets = {};   // Unix sockets in run_dir, group tegu: "router.sock"
  bool one_loop = false;                   // else one a core
  size_t worker_threads = 2;
  size_t worker_queue = 1000;
  net::pg::Config database = {};  // sizes and limits; conninfo and application_name are filled in
  // Of each loop's database, once the schema is known to be ours: net::pg::Client::keep_warm.
  std::vector<net::pg::Call> hot = {};
  // Runs once on each loop, until runtime.draining is set; it owns its scopes. When it throws, the
  // process ends with status 1. Cancelled when draining took longer than 10 s.
  std::function<io::Task<void>(Runtime& runtime)> serve = nullptr;
};

// The whole program; gives main's status: 0 after an orderly end, 64 wrong options, 78 wrong
// configuration or schema, 1 anything else.
int run(int argc, char** argv, const Declaration& declaration);

}  // namespace tegu::daemon
