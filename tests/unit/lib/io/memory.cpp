#include "io/memory.h"

#include <catch2/catch.hpp>

#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::io;
using std::chrono::milliseconds;

static Task<void> write_and_close(std::unique_ptr<Stream> stream, std::string bytes) {
  co_await stream->write_all(bytes, never);
  co_await stream->close();
}

// What came, and how it ended.
static Task<std::string> read_all(Stream& stream) {
  std::string got;
  char bytes[1000];
  try {
    while (size_t count = co_await stream.read_some(bytes, never)) got.append(bytes, count);
    co_return got + "|end";
  } catch (const ConnectionLost&) {
    co_return got + "|lost";
  }
}

static Task<std::string> send_with(Loop& loop, std::string bytes, MemoryFaults reader,
                                   MemoryFaults writer) {
  auto [left, right] = memory_pair(loop);
  left->set(reader);
  right->set(writer);
  Scope scope(loop);
  struct Writer {
    static Task<void> run(std::unique_ptr<Stream> stream, std::string bytes) {
      try {
        co_await write_and_close(std::move(stream), std::move(bytes));
      } catch (const ConnectionLost&) {
      }
    }
  };
  scope.spawn(Writer::run(std::move(right), std::move(bytes)));
  co_return co_await scope.enclose(read_all(*left));
}

TEST_CASE("io memory: bytes, splits and faults at every byte", "[io]") {
  Loop loop;
  const std::string text = "hello, world";
  CHECK(loop.run_until_done(send_with(loop, text, {}, {})) == text + "|end");
  CHECK(loop.run_until_done(send_with(loop, text, {.read_at_most = 1}, {})) == text + "|end");
  for (size_t at = 0; at < text.size(); at++) {
    std::string head = text.substr(0, at);
    CHECK(loop.run_until_done(send_with(loop, text, {.lose_after_reading = at}, {})) ==
          head + "|lost");
    CHECK(loop.run_until_done(send_with(loop, text, {}, {.lose_after_writing = at})) ==
          head + "|lost");
    CHECK(loop.run_until_done(send_with(loop, text, {}, {.end_after_writing = at})) ==
          head + "|end");
  }
}

static Task<void> large(Loop& loop) {
  co_await send_with(loop, std::string(1'000'000, 'x'), {}, {});
}

TEST_CASE("io memory: a writer waits for its reader", "[io]") {
  Loop loop;
  std::string text(1'000'000, 'x');
  CHECK(loop.run_until_done(send_with(loop, text, {}, {})) == text + "|end");
  CHECK(test::cancel_at_every_wait(loop, [&] { return large(loop); }) > 1);
}

static Task<void> deadlines(Loop& loop) {
  auto [left, right] = memory_pair(loop);
  char byte[1];
  std::string much(100'000, 'x');
  CHECK_THROWS_AS(co_await left->read_some(byte, after(milliseconds(1))), TimedOut);
  CHECK_THROWS_AS(co_await left->write_all(much, after(milliseconds(1))), TimedOut);
  CHECK(right->unread() == 65536);
  right.reset();
  CHECK_THROWS_AS(co_await left->write_all("x", never), ConnectionLost);
  CHECK(co_await left->read_some(byte, never) == 0);
}

TEST_CASE("io memory: deadlines and a gone peer", "[io]") {
  Loop loop;
  loop.run_until_done(deadlines(loop));
}
