#include "net/pg/listener.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "io/listener.h"
#include "io/scope.h"
#include "io/socket.h"
#include "net/pg/client.h"
#include "support/postgres.h"

using namespace tegu;
using namespace tegu::net;
using pg::Rows;
using pg::Statement;
using test::Postgres;

static const Statement kill_listeners = {
    "test.listen.kill",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    " AND datname = current_database()"};

TEST_CASE("pg listener: payloads are joined, repeated ones told once", "[pg]") {
  using Texts = std::vector<std::string>;
  struct {
    Texts in;
    size_t limit;
    Texts want;
  } table[] = {
      {{}, 10, {}},
      {{"b", "a", "b"}, 10, {"a,b"}},
      {{"aaaa", "bbbb", "cccc"}, 9, {"aaaa,bbbb", "cccc"}},
      {{"aaaa", "bbbb"}, 8, {"aaaa", "bbbb"}},
  };
  for (const auto& row : table) CHECK(pg::join_payloads(row.in, row.limit) == row.want);
}

namespace {
struct Heard {
  std::vector<std::string> notes;
  int connects = 0;
  io::Signal changed;
};
}  // namespace

static io::Task<void> hear(pg::Client& client, Heard& heard) {
  std::vector<std::string> channels = {"test_one", "test_two"};
  co_await client.listen(
      std::move(channels),
      [&heard](std::string_view channel, std::string_view payload) {
        heard.notes.push_back(std::string(channel) + "=" + std::string(payload));
        heard.changed.notify_all();
      },
      [&heard] {
        heard.connects++;
        heard.changed.notify_all();
      });
}

static io::Task<void> tell_and_hear(pg::Client& client, io::Loop& loop, Heard& heard) {
  io::Scope scope(loop);
  scope.spawn(hear(client, heard));
  io::Deadline give_up = io::after(std::chrono::seconds(10));
  while (heard.connects < 1 && co_await heard.changed.wait(give_up)) {
  }
  co_await client.notify("test_one", "2:5");
  co_await client.notify("test_two", "x");
  co_await client.notify("test_one", "1:7");
  co_await client.notify("test_one", "2:5");
  while (heard.notes.size() < 2 && co_await heard.changed.wait(give_up)) {
  }
  co_await client.query(kill_listeners);
  while (heard.connects < 2 && co_await heard.changed.wait(give_up)) {
  }
  co_await client.notify("test_two", "again");
  while (heard.notes.size() < 3 && co_await heard.changed.wait(give_up)) {
  }
  co_await scope.close();
}

TEST_CASE("pg listener: hears gathered notifications, also after its connection died", "[pg]") {
  io::Loop loop;
  pg::Config config;
  config.conninfo = Postgres::shared().fresh_database();
  pg::Client client(loop, config);
  Heard heard;
  loop.run_until_done(tell_and_hear(client, loop, heard));
  CHECK(heard.connects == 2);
  CHECK(heard.notes ==
        std::vector<std::string>{"test_one=1:7,2:5", "test_two=x", "test_two=again"});
}

namespace {

// A message of the server as PostgreSQL's protocol has it (its manual, 55.7: NoticeResponse).
std::string warning_message() {
  using namespace std::string_literals;
  std::string fields =
      "SWARNING\0VWARNING\0C57P02\0Mterminating connection because of crash of another server "
      "process\0\0"s;
  return "N\0\0\0"s + static_cast<char>(fields.size() + 4) + fields;
}

// Between a client and the server: puts a WARNING in front of the answer to LISTEN. The client
// waits for the answers to what it sent before, so a message begins there.
struct Warner {
  Warner(io::Loop& loop, std::string server) : loop(loop), server(std::move(server)) {}

  io::Loop& loop;
  std::string server;  // its folder
  std::string folder = server + "/warner";
  io::Scope pumps{loop};
  std::string asked;  // all that the client sent
  bool warned = false;

  io::Task<void> to_server(io::Stream& client, io::Stream& there) {
    char bytes[4096];
    while (size_t got = co_await client.read_some(bytes, io::never)) {
      asked.append(bytes, got);
      co_await there.write_all({bytes, got}, io::never);
    }
  }
  io::Task<void> to_client(io::Stream& client, io::Stream& there) {
    char bytes[4096];
    while (size_t got = co_await there.read_some(bytes, io::never)) {
      if (!warned && asked.contains("LISTEN")) {
        warned = true;
        co_await client.write_all(warning_message(), io::never);
      }
      co_await client.write_all({bytes, got}, io::never);
    }
  }
  io::Task<void> serve(base::Fd fd) {
    io::SocketStream client(loop, std::move(fd));
    auto there = co_await io::connect_unix(loop, server + "/.s.PGSQL.5432", io::never);
    io::Scope both(loop);
    both.spawn(to_server(client, *there));
    co_await both.enclose(to_client(client, *there));
  }
  io::Task<void> run() {
    std::filesystem::create_directory(folder);
    base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder + "/.s.PGSQL.5432").copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd.get(), 4) == 0);
    io::Listener listener(loop, std::move(fd));
    co_await listener.run([this](base::Fd connection, const io::Endpoint&) {
      pumps.spawn(serve(std::move(connection)));
    });
  }
};

io::Task<void> hear_in_spite(pg::Client& listening, pg::Client& telling, io::Loop& loop,
                             Warner& warner, Heard& heard) {
  io::Scope scope(loop);
  scope.spawn(warner.run());
  scope.spawn(hear(listening, heard));
  io::Deadline give_up = io::after(std::chrono::seconds(60));
  while (heard.connects < 1 && co_await heard.changed.wait(give_up)) {
  }
  CHECK(warner.warned);
  co_await telling.notify("test_one", "heard");
  while (heard.notes.empty() && co_await heard.changed.wait(give_up)) {
  }
  co_await scope.close();
  co_await warner.pumps.close();
}

}  // namespace

TEST_CASE("pg listener: a WARNING beside the answer to LISTEN is no refusal", "[pg]") {
  io::Loop loop;
  pg::Config direct;
  direct.conninfo = Postgres::shared().fresh_database();
  pg::Config warned = direct;
  Warner warner(loop, Postgres::shared().folder());
  warned.conninfo += " host=" + warner.folder;
  pg::Client listening(loop, warned), telling(loop, direct);
  Heard heard;
  loop.run_until_done(hear_in_spite(listening, telling, loop, warner, heard));
  CHECK(heard.connects == 1);
  CHECK(heard.notes == std::vector<std::string>{"test_one=heard"});
}
