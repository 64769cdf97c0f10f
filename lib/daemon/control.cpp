// The common operations of <name>.ctl: status, metrics, sessions, reload, log_level.
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/failpoint.h"
#include "base/log.h"
#include "daemon/process.h"
#include "wire/peer/fields.h"

namespace tegu::daemon {

using namespace std::chrono_literals;
using net::peer::Json;
using net::peer::Request;
using wire::peer::Failure;

constexpr size_t most_sessions_told = 2000;  // an answer is one line of at most 1 MiB

static io::Task<Json> immediately(Json answer) {
  co_return answer;
}

static Json set_log_level(const Json& request) {
  using base::log::Level;
  wire::peer::Fields fields(request);
  std::string word = fields.text("level", 16);
  if (word == "debug") {
    base::log::set_level(Level::debug);
  } else if (word == "info") {
    base::log::set_level(Level::info);
  } else if (word == "warn") {
    base::log::set_level(Level::warn);
  } else if (word == "error") {
    base::log::set_level(Level::error);
  } else {
    throw net::peer::Refused(Failure::bad_request, "level: wants debug, info, warn or error");
  }
  return Json::object();
}

static Json arm(const Json& request) {
  try {
    base::arm_failpoints(wire::peer::Fields(request).text("list", 4096));
  } catch (const base::UsageError& error) {
    throw net::peer::Refused(Failure::bad_request, error.what());
  }
  return Json::object();
}

void Process::add_control_operations() {
  control_.on("status", [this](Request&) { return status_answer(); });
  control_.on("metrics", [this](Request&) { return metrics_answer(); });
  control_.on("sessions", [this](Request&) { return sessions_answer(); });
  control_.on("log_level",
              [](Request& request) { return immediately(set_log_level(request.body)); });
  control_.on("reload", [this](Request&) {
    reload();
    return immediately(Json::object());
  });
  if constexpr (base::has_failpoints) {
    control_.on("failpoint", [](Request& request) { return immediately(arm(request.body)); });
  }
}

static size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

static double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

io::Task<Json> Process::status_answer() {
  auto load = main_.database->load();
  auto up = std::chrono::duration_cast<std::chrono::seconds>(base::wall_now() - started_);
  co_return Json{{"daemon", declaration_.name},
                 {"version", TEGU_VERSION},
                 {"node", conf_.node},
                 {"pid", ::getpid()},
                 {"state", draining_ ? "draining"
                           : ready_  ? "ready"
                                     : "waiting for the database"},
                 {"up_seconds", up.count()},
                 {"loops", lanes_.size()},
                 {"sessions", (co_await all_sessions()).size()},
                 {"resident_bytes", resident_bytes()},
                 {"database_connections", load.connected + load.borrowed},
                 {"database_waiting", load.waiting}};
}

io::Task<Json> Process::metrics_answer() {
  auto load = main_.database->load();
  auto set = [this](const char* name, const char* help, double value) {
    metrics_.gauge(name, help).set(value);
  };
  set("process_resident_memory_bytes", "Resident memory", static_cast<double>(resident_bytes()));
  set("process_cpu_seconds_total", "User and system time", processor_seconds());
  set("tegu_database_connections", "Connections of loop 0 to PostgreSQL",
      static_cast<double>(load.connected + load.borrowed));
  set("tegu_database_in_flight", "Requests of loop 0 that PostgreSQL has",
      static_cast<double>(load.in_flight));
  set("tegu_database_waiting", "Requests of loop 0 without a connection",
      static_cast<double>(load.waiting));
  set("tegu_workers_queued", "Work that waits for a thread",
      static_cast<double>(workers_.queued()));
  co_return Json{{"text", metrics_.text()}};
}

// Each loop is asked on its own thread; one that does not answer in time is left out.
io::Task<std::vector<Session>> Process::all_sessions() {
  struct Gathering {  // owned by this frame and by the questions on their way
    std::vector<Session> sessions;
    size_t missing = 0;
    io::Signal answered;
  };
  auto gathering = std::make_shared<Gathering>();
  for (auto& lane : lanes_) {
    if (lane.ended) continue;
    gathering->missing++;
    lane.loop.post([this, &lane, gathering] {
      std::vector<Session> found;
      if (lane.runtime && lane.runtime->sessions) found = lane.runtime->sessions();
      main_.loop.post([gathering, found = std::move(found)] {
        gathering->missing--;
        gathering->sessions.insert(gathering->sessions.end(), found.begin(), found.end());
        gathering->answered.notify_all();
      });
    });
  }
  auto deadline = io::after(2s);
  while (gathering->missing > 0 && co_await gathering->answered.wait(deadline)) {
  }
  co_return gathering->sessions;
}

io::Task<Json> Process::sessions_answer() {
  auto sessions = co_await all_sessions();
  Json list = Json::array();
  for (const auto& session : sessions) {
    if (list.size() == most_sessions_told) break;
    list.push_back({{"id", session.id},
                    {"service", session.service},
                    {"peer", session.peer},
                    {"login", wire::peer::octets(session.login)},
                    {"state", wire::peer::octets(session.state.substr(0, 200))},
                    {"since", base::rfc3339_date(session.since)}});
  }
  co_return Json{{"total", sessions.size()}, {"sessions", std::move(list)}};
}

}  // namespace tegu::daemon
