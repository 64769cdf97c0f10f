// Client and Server over socket pairs and Unix sockets in a private folder: many calls at once,
// descriptors, refusals, peers that lie, daemons that die.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/loop.h"
#include "io/scope.h"
#include "io/socket.h"
#include "io/unix.h"
#include "net/peer/client.h"
#include "net/peer/router.h"
#include "net/peer/server.h"
#include "wire/peer/line.h"

using namespace tegu;
using namespace tegu::net::peer;
using namespace std::chrono_literals;
using tegu::wire::peer::Failure;

namespace {

// Reached only by what hangs, however busy the machine is.
constexpr auto long_enough = 100s;

std::pair<base::Fd, base::Fd> socket_pair() {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
  return {base::Fd(fds[0]), base::Fd(fds[1])};
}

// A folder with one listening socket; connections are accepted one by one, by hand.
struct Place {
  std::string folder;
  base::Fd listening;
  explicit Place(const char* name = "x.sock") {
    char text[] = "/tmp/tegu-peer-XXXXXX";
    folder = ::mkdtemp(text);
    listening.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path(name).copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening.get(), 8) == 0);
  }
  ~Place() { std::filesystem::remove_all(folder); }
  std::string path(const char* name = "x.sock") const { return folder + "/" + name; }
  io::Task<base::Fd> accept(io::Loop& loop) {
    io::Poll poll(loop, listening.get());
    for (;;) {
      int fd = ::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) co_return base::Fd(fd);
      co_await poll.readable(io::never);
    }
  }
};

io::Task<Json> echo(Request& request) {
  co_return Json{{"text", request.body["text"]}};
}

io::Task<Json> read_descriptor(Request& request) {
  if (request.fds.size() != 1) throw Refused(Failure::bad_request, "wants one descriptor");
  char bytes[64];
  auto got = ::pread(request.fds[0].get(), bytes, sizeof bytes, 0);
  co_return Json{{"text", std::string(bytes, static_cast<size_t>(got))}};
}

io::Task<Json> read_octets(Request& request) {
  co_return Json{{"text", request.octets}};
}

io::Task<Json> break_down(Request&) {
  throw base::Error("the disk is full");
  co_return Json();
}

io::Task<Json> hold(io::Event& event, int& started) {
  started++;
  co_await event.wait();
  co_return Json{{"held", true}};
}

struct World {
  io::Loop loop;
  io::Event draining, let_go;
  int started = 0;
  Server server;
  explicit World(size_t most_in_flight = 2000)
      : server(loop, {.protocol = "test", .most_in_flight = most_in_flight}) {
    server.on("echo", echo);
    server.on("read", read_descriptor);
    server.on("octets", read_octets);
    server.on("break", break_down);
    server.on("hold", [this](Request&) { return hold(let_go, started); });
  }
};

base::Fd memory_file(std::string_view text) {
  base::Fd fd(::memfd_create("test", MFD_CLOEXEC));
  REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return fd;
}

io::Task<std::string> say(io::UnixChannel& channel, std::string line) {
  co_await channel.write_line(std::move(line));
  auto answer = co_await channel.read_line(io::after(long_enough));
  co_return answer ? answer->text : "end";
}

// Speaks to the server by hand, over a socket pair.
io::Task<void> by_hand(World& world, std::vector<std::pair<std::string, std::string>> talk) {
  auto [here, there] = socket_pair();
  io::Scope scope(world.loop);
  scope.spawn(world.server.serve(std::move(there), world.draining));
  {
    io::UnixChannel channel(world.loop, std::move(here));
    for (const auto& [line, want] : talk) CHECK(co_await say(channel, line) == want);
  }
  co_await scope.join();
  CHECK(world.server.connections() == 0);
}

const std::string greeting = R"({"protocol":"test","version":1})";

}  // namespace

TEST_CASE("peer server: answers by hand, and closes on what is no request", "[peer]") {
  using Talk = std::vector<std::pair<std::string, std::string>>;
  for (const Talk& talk : {
           Talk{{greeting, greeting},
                {R"({"id":5,"op":"echo","text":"hi"})", R"({"id":5,"ok":true,"text":"hi"})"},
                {R"({"id":6,"op":"none"})",
                 R"({"error":"bad_request","id":6,"ok":false,"text":"unknown operation: none"})"},
                {R"({"id":7,"op":"read"})",
                 R"({"error":"bad_request","id":7,"ok":false,"text":"wants one descriptor"})"},
                {R"({"id":8,"op":"break"})",
                 R"({"error":"temporary","id":8,"ok":false,"text":"the disk is full"})"}},
           Talk{{"hello", greeting}, {"more", "end"}},
           Talk{{R"({"protocol":"test","version":2})", greeting}, {"{}", "end"}},
           Talk{{greeting, greeting}, {"nonsense", "end"}},
           Talk{{greeting, greeting}, {"{}", "end"}},
           Talk{{greeting, greeting}, {R"({"id":1})", "end"}},
       }) {
    World world;
    try {
      world.loop.run_until_done(by_hand(world, talk));
    } catch (const io::ConnectionLost&) {
      // A write into a connection that the server has just closed.
      CHECK(talk.back().second == "end");
    }
  }
}

// Also a client that comes once more, because it was kept waiting.
static io::Task<void> serve_all(World& world, Place& place, io::Scope& scope) {
  for (;;) scope.spawn(world.server.serve(co_await place.accept(world.loop), world.draining));
}

static io::Task<void> many_calls(World& world, Place& place) {
  io::Scope scope(world.loop);
  Client client(world.loop, {.path = place.path(), .protocol = "test"});
  scope.spawn(client.run());
  struct Body {
    static io::Task<void> one(Client& client, int number, int& done) {
      std::string text = "call " + std::to_string(number);
      Json answer;
      if (number % 3 == 0) {
        text += "\n" + std::string(static_cast<size_t>(number * 300), '\n');
        answer = co_await client.call({{"op", "octets"}}, {.octets = text}, io::after(long_enough));
      } else {
        base::Fd fd = memory_file(text);
        const char* op = number % 3 == 1 ? "echo" : "read";
        answer = co_await client.call({{"op", op}, {"text", text}}, {.fd = fd.get()},
                                      io::after(long_enough));
      }
      CHECK(answer["text"] == text);
      done++;
    }
    static io::Task<void> all(World& world, Place& place, Client& client, io::Scope& scope) {
      int done = 0;
      io::Scope calls(world.loop);
      for (int i = 0; i < 200; i++) calls.spawn(one(client, i, done));
      scope.spawn(serve_all(world, place, scope));
      co_await calls.join();
      CHECK(done == 200);
    }
  };
  co_await scope.enclose(Body::all(world, place, client, scope));
}

TEST_CASE("peer client: two hundred calls in flight, each with what belongs to it", "[peer]") {
  World world;
  Place place;
  world.loop.run_until_done(many_calls(world, place));
}

// The octets come in pieces cut anywhere, with the next request right behind them.
static io::Task<void> octets_by_hand(World& world, size_t piece) {
  auto [here, there] = socket_pair();
  io::Scope scope(world.loop);
  scope.spawn(world.server.serve(std::move(there), world.draining));
  {
    io::UnixChannel channel(world.loop, std::move(here));
    std::string talk =
        "{\"protocol\":\"test\",\"version\":1}\n"
        "{\"id\":1,\"op\":\"octets\",\"octets\":7}\n{\"a\"}\n\n"
        "{\"id\":2,\"op\":\"echo\",\"text\":\"x\"}\n"
        "{\"id\":3,\"op\":\"none\",\"octets\":2}\n\n\n"
        "{\"id\":4,\"op\":\"octets\",\"octets\":131073}\n";
    for (size_t at = 0; at < talk.size(); at += piece) {
      co_await channel.write(talk.substr(at, piece));
      co_await io::yield();
    }
    std::string got;
    while (auto line = co_await channel.read_line(io::after(long_enough))) got += line->text + "|";
    CHECK(got == R"({"protocol":"test","version":1}|{"id":1,"ok":true,"text":"{\"a\"}\n\n"}|)"
                 R"({"id":2,"ok":true,"text":"x"}|)"
                 R"({"error":"bad_request","id":3,"ok":false,"text":"unknown operation: none"}|)");
  }
  co_await scope.join();
}

TEST_CASE("peer server: octets behind a line, split at every place", "[peer]") {
  for (size_t piece : {1, 2, 3, 7, 50, 1000}) {
    World world;
    world.loop.run_until_done(octets_by_hand(world, piece));
  }
}

// What a call came to.
static io::Task<std::string> outcome_of(io::Task<Json> call) {
  try {
    auto answer = co_await std::move(call);
    co_return answer.dump();
  } catch (const Refused& refused) {
    co_return "refused: " + std::string(refused.what());
  } catch (const Unavailable&) {
    co_return "unavailable";
  } catch (const OutcomeUnknown&) {
    co_return "unknown";
  }
}

static io::Task<void> failures(World& world, Place& place, Client& client, io::Scope& scope) {
  auto deadline = io::after(long_enough);
  // Nobody accepts: nothing was asked.
  CHECK(co_await outcome_of(client.call({{"op", "echo"}}, {}, io::after(50ms))) == "unavailable");
  scope.spawn(serve_all(world, place, scope));
  CHECK(co_await outcome_of(client.call({{"op", "break"}}, {}, deadline)) ==
        "refused: the disk is full");
  CHECK(co_await outcome_of(client.call({{"op", "x"}}, {}, deadline)) ==
        "refused: unknown operation: x");
  std::string large(wire::peer::max_line, 'x');
  CHECK(co_await outcome_of(client.call({{"op", "echo"}, {"text", large}}, {}, deadline)) ==
        "refused: the request is longer than 1 MiB");
  // Asked, and no answer in time.
  CHECK(co_await outcome_of(client.call({{"op", "hold"}}, {}, io::after(100ms))) == "unknown");
  while (world.started == 0) co_await io::yield();
  // The late answer hurts nobody.
  world.let_go.set();
  CHECK(co_await outcome_of(client.call({{"op", "echo"}, {"text", "a"}}, {}, deadline)) ==
        R"({"id":6,"ok":true,"text":"a"})");
}

TEST_CASE("peer client: tells what is known after a failure", "[peer]") {
  World world;
  Place place;
  io::Scope scope(world.loop);
  Client client(world.loop, {.path = place.path(), .protocol = "test"});
  scope.spawn(client.run());
  world.loop.run_until_done(scope.enclose(failures(world, place, client, scope)));
}

static io::Task<void> greet(io::UnixChannel& channel) {
  co_await channel.write_line(greeting);
  co_await channel.read_line(io::after(long_enough));
}

static io::Task<void> keep(io::Task<Json> call, std::string& result) {
  result = co_await outcome_of(std::move(call));
}

static io::Task<void> take_turns(World& world, Place& place, Client& client, io::Scope& scope) {
  io::Scope calls(world.loop);
  std::string result;
  calls.spawn(keep(client.call({{"op", "echo"}}, {}, io::after(long_enough)), result));
  scope.spawn(serve_all(world, place, scope));
  co_await calls.join();
  while (result == "unavailable") {
    result = co_await outcome_of(client.call({{"op", "echo"}}, {}, io::after(long_enough)));
  }
  calls.spawn(keep(client.call({{"op", "hold"}}, {}, io::after(long_enough)), result));
  // More than the socket takes while nobody reads.
  const std::string octets(wire::peer::max_octets, 'x');
  std::vector<std::string> large(9);
  for (std::string& each : large) {
    calls.spawn(
        keep(client.call({{"op", "octets"}}, {.octets = octets}, io::after(long_enough)), each));
  }
  std::string last;
  calls.spawn(keep(client.call({{"op", "echo"}, {"text", "l"}}, {}, io::after(long_enough)), last));
  // Many times the client's patience.
  auto late = co_await outcome_of(client.call({{"op", "echo"}}, {}, io::after(200ms)));
  CHECK(late == "unavailable");
  CHECK(last.empty());
  world.let_go.set();
  co_await calls.join();
  for (const std::string& each : large) CHECK(each.ends_with("x\"}"));
  CHECK(last.ends_with(R"("ok":true,"text":"l"})"));
}

TEST_CASE("peer client: a busy connection is no missing one", "[peer]") {
  World world(1);
  Place place;
  io::Scope scope(world.loop);
  Client client(world.loop, {.path = place.path(), .protocol = "test", .patience = 20ms});
  scope.spawn(client.run());
  world.loop.run_until_done(scope.enclose(take_turns(world, place, client, scope)));
}

static io::Task<void> die_between(World& world, Place& place, Client& client) {
  std::string once, twice;
  io::Scope calls(world.loop);
  calls.spawn(keep(client.call({{"op", "once"}}, {}, io::after(long_enough)), once));
  calls.spawn(
      keep(client.call({{"op", "twice"}}, {}, io::after(long_enough), Repeat::harmless), twice));
  {
    // The daemon reads both and dies.
    io::UnixChannel channel(world.loop, co_await place.accept(world.loop));
    co_await greet(channel);
    CHECK((co_await channel.read_line(io::after(long_enough)))->text == R"({"id":1,"op":"once"})");
    CHECK((co_await channel.read_line(io::after(long_enough)))->text == R"({"id":2,"op":"twice"})");
  }
  io::UnixChannel channel(world.loop, co_await place.accept(world.loop));
  co_await greet(channel);
  CHECK((co_await channel.read_line(io::after(long_enough)))->text == R"({"id":3,"op":"twice"})");
  co_await channel.write_line(R"({"id":3,"ok":true})");
  co_await calls.join();
  CHECK(once == "unknown");
  CHECK(twice == R"({"id":3,"ok":true})");
}

TEST_CASE("peer client: only what may be repeated is asked again", "[peer]") {
  World world;
  Place place;
  io::Scope scope(world.loop);
  Client client(world.loop, {.path = place.path(), .protocol = "test"});
  scope.spawn(client.run());
  world.loop.run_until_done(scope.enclose(die_between(world, place, client)));
}

static io::Task<void> lies(World& world, Place& place, Client& client, std::string lie) {
  std::string result;
  io::Scope calls(world.loop);
  calls.spawn(keep(client.call({{"op", "x"}}, {}, io::after(long_enough)), result));
  io::UnixChannel channel(world.loop, co_await place.accept(world.loop));
  co_await greet(channel);
  co_await channel.read_line(io::after(long_enough));
  co_await channel.write_line(lie);
  co_await calls.join();
  CHECK(result == "unknown");
}

TEST_CASE("peer client: a daemon that answers nonsense is left", "[peer]") {
  for (const char* lie : {"nonsense", "{}", R"({"id":99,"ok":true})", R"({"id":1,"ok":"yes"})",
                          R"({"id":1,"ok":false,"error":"sometimes"})"}) {
    World world;
    Place place;
    io::Scope scope(world.loop);
    Client client(world.loop, {.path = place.path(), .protocol = "test"});
    scope.spawn(client.run());
    world.loop.run_until_done(scope.enclose(lies(world, place, client, lie)));
  }
}

static io::Task<void> drain(World& world, Place& place, Client& client, io::Scope& scope) {
  std::string result;
  io::Scope calls(world.loop);
  calls.spawn(keep(client.call({{"op", "hold"}}, {}, io::after(long_enough)), result));
  scope.spawn(serve_all(world, place, scope));
  while (world.started == 0) co_await io::yield();
  world.draining.set();
  co_await io::yield();
  CHECK(result.empty());
  world.let_go.set();
  co_await calls.join();
  CHECK(result == R"({"held":true,"id":1,"ok":true})");
}

TEST_CASE("peer server: draining finishes what was asked", "[peer]") {
  World world;
  Place place;
  io::Scope scope(world.loop);
  Client client(world.loop, {.path = place.path(), .protocol = "test"});
  scope.spawn(client.run());
  world.loop.run_until_done(scope.enclose(drain(world, place, client, scope)));
}

TEST_CASE("peer allowed: root, ourselves, and who is named", "[peer]") {
  Allowed allowed("no-such-group-here");
  CHECK(allowed.admits(0, 0));
  CHECK(allowed.admits(::geteuid(), 65534));
  CHECK(!allowed.admits(54321, 65534));
  allowed.add(54321);
  CHECK(allowed.admits(54321, 65534));
  CHECK(Allowed("daemon").admits(54321, 1));  // Debian: group daemon is 1
  CHECK(!Allowed("daemon").admits(54321, 2));
}

static io::Task<Json> fixed(Json answer) {
  co_return answer;
}

static io::Task<void> ask_router(io::Loop& loop, Place& place, Router& router, Server& server,
                                 io::Event& draining, io::Scope& scope) {
  io::Scope accepting(loop);
  struct Body {
    static io::Task<void> accept(io::Loop& loop, Place& place, Server& server, io::Event& draining,
                                 io::Scope& scope) {
      scope.spawn(server.serve(co_await place.accept(loop), draining));
    }
  };
  accepting.spawn(Body::accept(loop, place, server, draining, scope));
  auto answer = co_await router.rcpt({{"a", "b.org"}, false, {}}, io::after(long_enough));
  CHECK(answer.status == wire::peer::RcptStatus::local);
  auto login = co_await router.login({"a", "p", "192.0.2.1", "imap"}, io::after(long_enough));
  CHECK(login.account.value == 7);
  // An answer that contradicts itself is a broken world, not "allowed".
  CHECK_THROWS_AS(
      co_await router.may_send_as({login.account, {"a", "b.org"}}, io::after(long_enough)),
      io::ConnectionLost);
  co_await accepting.join();
}

TEST_CASE("peer router: typed questions and answers", "[peer]") {
  io::Loop loop;
  io::Event draining;
  Place place("router.sock");
  Server server(loop, {.protocol = "tegu-router"});
  server.on("rcpt", [](Request&) {
    return fixed({{"status", "local"}, {"deliveries", {{{"account", 7}}}}});
  });
  server.on("login", [](Request&) { return fixed({{"account", 7}, {"address", "a@b.org"}}); });
  server.on("sender", [](Request&) { return fixed({{"allow", true}}); });
  io::Scope scope(loop);
  Router router(loop, place.folder);
  scope.spawn(router.run());
  loop.run_until_done(scope.enclose(ask_router(loop, place, router, server, draining, scope)));
}
