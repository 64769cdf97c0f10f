#include "io/socket.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::io;
using std::chrono::milliseconds;

static Task<std::string> read_to_end(Stream& stream, size_t at_once) {
  std::string all(at_once, '\0');
  std::string got;
  while (size_t count = co_await stream.read_some(all, never)) got.append(all, 0, count);
  co_return got;
}

static Task<void> write_and_close(std::unique_ptr<Stream> stream, std::string bytes) {
  co_await stream->write_all(bytes, never);
  co_await stream->close();
}

static Task<std::string> pass_through(Loop& loop, std::string bytes, size_t at_once) {
  auto [left, right] = test::socket_pair();
  SocketStream reader(loop, std::move(left));
  Scope scope(loop);
  scope.spawn(write_and_close(std::make_unique<SocketStream>(loop, std::move(right)), bytes));
  co_return co_await scope.enclose(read_to_end(reader, at_once));
}

TEST_CASE("io socket: bytes arrive whole in small and in large reads", "[io]") {
  Loop loop;
  std::string large(3'000'000, '\0');
  for (size_t i = 0; i < large.size(); i++) large[i] = static_cast<char>(i * 7 + i / 251);
  CHECK(loop.run_until_done(pass_through(loop, "hello", 1)) == "hello");
  CHECK(loop.run_until_done(pass_through(loop, large, 16384)) == large);
  CHECK(loop.run_until_done(pass_through(loop, "", 10)) == "");
}

static Task<void> both_ways(Loop& loop) {
  co_await pass_through(loop, std::string(1'000'000, 'x'), 1000);
}

TEST_CASE("io socket: cancelled at every wait", "[io]") {
  Loop loop;
  CHECK(test::cancel_at_every_wait(loop, [&] { return both_ways(loop); }) > 1);
}

static Task<void> time_out(Loop& loop, bool reading) {
  auto [left, right] = test::socket_pair();
  SocketStream stream(loop, std::move(left));
  char byte[1];
  std::string much(10'000'000, 'x');
  if (reading) {
    co_await stream.read_some(byte, after(milliseconds(1)));
  } else {
    co_await stream.write_all(much, after(milliseconds(1)));
  }
}

TEST_CASE("io socket: deadlines end reads and writes", "[io]") {
  Loop loop;
  CHECK_THROWS_AS(loop.run_until_done(time_out(loop, true)), TimedOut);
  CHECK_THROWS_AS(loop.run_until_done(time_out(loop, false)), TimedOut);
}

static Task<void> write_to_nobody(Loop& loop) {
  auto [left, right] = test::socket_pair();
  SocketStream stream(loop, std::move(left));
  right.reset();
  co_await stream.write_all("x", never);
}

TEST_CASE("io socket: a gone peer is an exception, not a signal", "[io]") {
  Loop loop;
  CHECK_THROWS_AS(loop.run_until_done(write_to_nobody(loop)), ConnectionLost);
}

static Task<void> read_nothing(Stream& stream, bool& lost) {
  char byte[1];
  try {
    co_await stream.read_some(byte, never);
  } catch (const ConnectionLost&) {
    lost = true;
  }
}

static Task<bool> close_under_reader(Loop& loop) {
  auto [left, right] = test::socket_pair();
  SocketStream stream(loop, std::move(left));
  bool lost = false;
  Scope scope(loop);
  scope.spawn(read_nothing(stream, lost));
  co_await stream.close();
  co_await scope.join();
  co_return lost;
}

TEST_CASE("io socket: closing wakes a reader", "[io]") {
  Loop loop;
  CHECK(loop.run_until_done(close_under_reader(loop)));
}

static base::Fd loopback_listener() {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  auto any = *Endpoint::parse("127.0.0.1:0");
  REQUIRE(::bind(fd.get(), any.native(), any.native_size()) == 0);
  REQUIRE(::listen(fd.get(), 8) == 0);
  return fd;
}

static Task<std::string> greet(Loop& loop, int listener) {
  auto stream = co_await connect(loop, Endpoint::local_of(listener), after(std::chrono::seconds(9)),
                                 Endpoint::parse("127.0.0.9:0"));
  base::Fd accepted(::accept(listener, nullptr, nullptr));
  CHECK(Endpoint::peer_of(accepted.get()).address() == "127.0.0.9");
  CHECK(::write(accepted.get(), "hi", 2) == 2);
  accepted.reset();
  co_return co_await read_to_end(*stream, 10);
}

static Task<void> just_connect(Loop& loop, Endpoint peer) {
  co_await connect(loop, peer, never);
}

TEST_CASE("io socket: connect, and what is said when it fails", "[io]") {
  Loop loop;
  auto listener = loopback_listener();
  CHECK(loop.run_until_done(greet(loop, listener.get())) == "hi");
  auto peer = Endpoint::local_of(listener.get());
  listener.reset();
  CHECK_THROWS_WITH(loop.run_until_done(just_connect(loop, peer)),
                    "connect to " + peer.text() + ": Connection refused");
}

static Task<void> unix_connect(Loop& loop, std::string path) {
  co_await connect_unix(loop, std::move(path), never);
}

TEST_CASE("io socket: unix paths that cannot be", "[io]") {
  Loop loop;
  CHECK_THROWS_AS(loop.run_until_done(unix_connect(loop, "/nowhere/at/all")), ConnectionLost);
  CHECK_THROWS_AS(loop.run_until_done(unix_connect(loop, "")), ConnectionLost);
  CHECK_THROWS_AS(loop.run_until_done(unix_connect(loop, std::string(108, 'x'))), ConnectionLost);
}

static Task<void> wake_each_other(Signal& mine, Signal& other, bool& stop) {
  while (!stop) {
    other.notify_all();
    co_await mine.wait();
  }
  other.notify_all();
}

static Task<void> read_then_stop(Loop& loop, base::Fd fd, bool& stop) {
  SocketStream stream(loop, std::move(fd));
  char byte[1];
  CHECK(co_await stream.read_some(byte, never) == 1);
  stop = true;
}

static Task<void> busy_loop(Loop& loop) {
  auto [left, right] = test::socket_pair();
  Signal one, two;
  bool stop = false;
  Scope scope(loop);
  scope.spawn(wake_each_other(one, two, stop));
  scope.spawn(wake_each_other(two, one, stop));
  scope.spawn(read_then_stop(loop, std::move(left), stop));
  CHECK(::write(right.get(), "x", 1) == 1);
  co_await scope.join();
}

TEST_CASE("io loop: coroutines that always wake each other leave room for descriptors", "[io]") {
  Loop loop;
  loop.run_until_done(busy_loop(loop));
}
