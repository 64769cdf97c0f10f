// A whole daemon on a test database: it is asked over its control socket, sees a setting change,
// drains on SIGTERM, and fails loudly.
#include "daemon/run.h"

#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/scope.h"
#include "model/setting/store.h"
#include "net/peer/client.h"
#include "support/model.h"

using namespace tegu;
using namespace tegu::daemon;
using namespace std::chrono_literals;
using net::peer::Json;

namespace {

struct Place {
  std::string folder;
  explicit Place(const std::string& conninfo) {
    char text[] = "/tmp/tegu-daemon-XXXXXX";
    folder = ::mkdtemp(text);
    std::ofstream(folder + "/tegu.conf")
        << "node = \"n1\"\nrun_dir = \"" << folder << "\"\ndatabase = \"\"\"" << conninfo
        << "\"\"\"\ngroup = \"" << ::getgrgid(::getegid())->gr_name
        << "\"\nloops = 2\n[listen]\nimap = [\"127.0.0.1:0\"]\n";
  }
  ~Place() { std::filesystem::remove_all(folder); }
};

const net::pg::Statement make_mark{"test.make_mark", "CREATE SEQUENCE mark"};
const net::pg::Statement set_mark{"test.set_mark", "SELECT nextval('mark')", true};
const net::pg::Statement see_mark{"test.see_mark", "SELECT is_called FROM mark", true};

int run_daemon(const Place& place, io::Task<void> (*serve)(Runtime&)) {
  std::string config = place.folder + "/tegu.conf";
  std::vector<std::string> words = {"tegu-test", "--config", config};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  return run(static_cast<int>(argv.size()), argv.data(),
             {.name = "tegu-test",
              .description = "test",
              .services = {"imap"},
              .sockets = {"test.sock"},
              .hot = {{&set_mark, {}}},
              .serve = serve});
}

io::Task<void> ask(Runtime& runtime, net::peer::Client& client) {
  auto deadline = io::after(20s);
  auto status = co_await client.call({{"op", "status"}}, {}, deadline);
  CHECK(status["daemon"] == "tegu-test");
  CHECK(status["state"] == "ready");
  CHECK(status["node"] == "n1");
  CHECK(status["loops"] == 2);
  auto sessions = co_await client.call({{"op", "sessions"}}, {}, deadline);
  CHECK(sessions["total"] == 2);  // one a loop
  CHECK(sessions["sessions"][0]["service"] == "imap");
  auto metrics = co_await client.call({{"op", "metrics"}}, {}, deadline);
  CHECK_THAT(metrics["text"].get<std::string>(), Catch::Contains("process_resident_memory_bytes"));
  CHECK_THROWS_WITH(co_await client.call({{"op", "log_level"}, {"level", "x"}}, {}, deadline),
                    "level: wants debug, info, warn or error");
  auto own = co_await client.call({{"op", "own"}}, {}, deadline);
  CHECK(own["mine"] == true);
  co_await client.call({{"op", "reload"}}, {}, deadline);

  int64_t before = runtime.settings().number("smtp.message_size_limit");
  model::setting::Store store(runtime.database);
  co_await store.set("smtp.message_size_limit", std::to_string(before + 1024));
  while (runtime.settings().number("smtp.message_size_limit") == before) {
    co_await io::sleep_for(5ms);
  }
  // Connections are kept warm.
  for (bool marked = false; !marked;) {
    auto rows = co_await runtime.database.query(see_mark);
    marked = rows.one().boolean(0);
  }
  CHECK(runtime.settings().number("smtp.message_size_limit") == before + 1024);
}

io::Task<Json> own_operation() {
  co_return Json{{"mine", true}};
}

std::atomic<int> drained;

io::Task<void> serve_orderly(Runtime& runtime) {
  runtime.sessions = [] {
    return std::vector<Session>{{"x", "imap", "127.0.0.1:1", "", "IDLE", base::wall_now()}};
  };
  if (runtime.index == 0) {  // Catch is for one thread
    CHECK(runtime.listeners("imap").size() == 1);
    CHECK(runtime.listeners("smtp").empty());
    CHECK(runtime.socket("test.sock").get() >= 0);
    CHECK(!runtime.tls("imap"));
    runtime.control("own", [](net::peer::Request&) { return own_operation(); });
    io::Scope scope(runtime.loop);
    net::peer::Client client(
        runtime.loop, {.path = runtime.conf.run_dir + "/test.ctl", .protocol = "tegu-control"});
    scope.spawn(client.run());
    co_await scope.enclose(ask(runtime, client));
    ::kill(::getpid(), SIGTERM);
  }
  co_await runtime.draining.wait();
  drained++;
}

io::Task<void> serve_badly(Runtime& runtime) {
  if (runtime.index == 1) throw base::Error("out of cheese");
  co_await runtime.draining.wait();
}

}  // namespace

TEST_CASE("daemon run: control, settings and an orderly end on every loop", "[daemon]") {
  test::ModelDatabase database;
  database.sql(make_mark);
  Place place(database.conninfo);
  drained = 0;
  CHECK(run_daemon(place, serve_orderly) == 0);
  CHECK(drained == 2);
}

TEST_CASE("daemon run: a loop that fails ends the process with status 1", "[daemon]") {
  test::ModelDatabase database;
  Place place(database.conninfo);
  CHECK(run_daemon(place, serve_badly) == 1);
}

TEST_CASE("daemon run: a schema that is not ours is a mistake of configuration", "[daemon]") {
  std::string conninfo = test::Postgres::shared().fresh_database();
  io::Loop loop;
  net::pg::Client client(loop, test::ModelDatabase::config_of(conninfo));
  loop.run_until_done(client.query(make_mark));
  Place place(conninfo);
  CHECK(run_daemon(place, serve_badly) == 78);
  // And nothing is asked of its tables.
  CHECK(!loop.run_until_done(client.query(see_mark)).one().boolean(0));
}
