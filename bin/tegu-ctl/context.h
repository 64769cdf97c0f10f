// What every command of tegu-ctl shares: the global options, the way to the database and to the
// daemons' sockets, output as text or JSON, exit statuses. One file per command registers itself
// with add_<command>().
#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "daemon/conf.h"
#include "io/loop.h"
#include "net/peer/client.h"
#include "net/pg/client.h"

namespace CLI {
class App;
}

namespace tegu::ctl {

using Json = nlohmann::json;

// As sysexits.h has them; the manual page lists them.
enum Status : int {
  status_done = 0,
  status_no = 1,            // the thing is not there, or is there already; something is broken
  status_usage = 64,        // wrong words on the command line
  status_bad_input = 65,    // a file or a letter makes no sense
  status_unavailable = 69,  // the database or a daemon does not answer
  status_temporary = 75,    // try again later
  status_permission = 77,
  status_configuration = 78,  // tegu.conf or the schema is not right
};

// Ends the command with a sentence that says what to do.
class Failure : public base::Error {
 public:
  Failure(Status status, const std::string& text) : Error(text), status_(status) {}
  Status status() const { return status_; }

 private:
  Status status_;
};

struct Context {
  std::string state_option;   // --state
  std::string config_option;  // --config
  bool json = false;
  std::function<int()> command;  // what was asked for; set while the command line is parsed

  // The configuration of the owner: <state>/ctl.conf, --config, or /etc/tegu/ctl.conf. Throws
  // Failure that says how to get one.
  daemon::Conf conf() const;
  std::string state() const;  // --state, or ./var
};

net::pg::Config database_config(const daemon::Conf& conf);

// Runs body(client), a function that returns a Task, to its end and gives its result.
template <class Body>
auto with_database(const Context& context, Body body) {
  io::Loop loop;
  net::pg::Client client(loop, database_config(context.conf()));
  return loop.run_until_done(body(client));
}

// One question to a socket of the run folder: ask(conf, "queue.sock", "tegu-queue", {"op", ...}).
Json ask(const daemon::Conf& conf, const std::string& socket, const std::string& protocol,
         Json request, int fd = -1);

// `rows` is a list of objects. JSON: as it is. Text: a table of the named members; a dash stands
// for what is missing.
struct Column {
  const char* member;
  const char* title;
};
void print_rows(const Context& context, const Json& rows, const std::vector<Column>& columns);
// JSON: the object. Text: "name: value" lines in the object's order of the columns.
void print_object(const Context& context, const Json& object, const std::vector<Column>& columns);
// One line for people; with --json {"done":true,...}.
void print_done(const Context& context, const std::string& text, Json members);

// "5 minutes ago" stays out of machines: text of a time for tables, UTC to the second.
std::string short_time(std::string_view rfc3339);

// The first line of standard input, or asked for at the terminal without echo.
std::string read_secret(const std::string& prompt);

void add_up(CLI::App& app, Context& context);
void add_down(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_database(CLI::App& app, Context& context);
void add_domain(CLI::App& app, Context& context);
void add_account(CLI::App& app, Context& context);
void add_alias(CLI::App& app, Context& context);
void add_route(CLI::App& app, Context& context);
void add_config(CLI::App& app, Context& context);
void add_queue(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
// `tegu-ctl sendmail ...`: takes all the rest as it is; main() hands it over unparsed.
int run_sendmail(const Context& context, int argc, char** argv);

}  // namespace tegu::ctl
