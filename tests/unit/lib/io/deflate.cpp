#include "io/deflate.h"

#include <catch2/catch.hpp>

#include "base/ids.h"
#include "io/memory.h"
#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::io;

static Task<void> write_pieces(Stream& stream, std::string text, size_t piece) {
  for (size_t at = 0; at < text.size(); at += piece) {
    co_await stream.write_all(std::string_view(text).substr(at, piece), never);
  }
}

static Task<std::string> read_bytes(Stream& stream, size_t count, size_t at_once) {
  std::string got, bytes(at_once, '\0');
  while (got.size() < count) {
    size_t some = co_await stream.read_some(bytes, never);
    if (some == 0) break;
    got.append(bytes, 0, some);
  }
  co_return got;
}

static Task<std::string> pass(Loop& loop, std::string text, size_t piece, size_t at_once,
                              MemoryFaults faults = {}) {
  auto [left, right] = memory_pair(loop);
  left->set(faults);
  auto reader = deflate_stream(std::move(left)), writer = deflate_stream(std::move(right));
  Scope scope(loop);
  scope.spawn(write_pieces(*writer, text, piece));
  co_return co_await scope.enclose(read_bytes(*reader, text.size(), at_once));
}

TEST_CASE("io deflate: all that was written can be read at once", "[io]") {
  Loop loop;
  std::string lines;
  for (int i = 0; i < 20000; i++) lines += "* " + std::to_string(i) + " FETCH (FLAGS (\\Seen))\r\n";
  const std::string noise = base::random_bytes(300'000);
  for (const std::string& text : {std::string("x"), lines, noise, std::string(1'000'000, 'x')}) {
    CHECK(loop.run_until_done(pass(loop, text, text.size(), 4096)) == text);
    CHECK(loop.run_until_done(pass(loop, text, 10'001, 100)) == text);
  }
  const std::string head = lines.substr(0, 3000);
  CHECK(loop.run_until_done(pass(loop, head, 7, 1, {.read_at_most = 1})) == head);
}

static Task<void> pass_only(Loop& loop, std::string text) {
  co_await pass(loop, std::move(text), 5000, 4096);
}

TEST_CASE("io deflate: cancelled at every wait", "[io]") {
  Loop loop;
  const std::string noise = base::random_bytes(300'000);
  CHECK(test::cancel_at_every_wait(loop, [&] { return pass_only(loop, noise); }) > 1);
}

static Task<size_t> packed_size(Loop& loop, std::string text) {
  auto [left, right] = memory_pair(loop);
  auto writer = deflate_stream(std::move(right));
  co_await writer->write_all(text, never);
  co_return left->unread();
}

TEST_CASE("io deflate: it compresses, also across writes", "[io]") {
  Loop loop;
  CHECK(loop.run_until_done(packed_size(loop, std::string(100'000, 'x'))) < 500);
  CHECK(loop.run_until_done(packed_size(loop, "")) == 0);
}

static Task<std::string> read_raw(Loop& loop, std::string bytes) {
  auto [left, right] = memory_pair(loop);
  co_await right->write_all(bytes, never);
  co_await right->close();
  auto reader = deflate_stream(std::move(left));
  co_return co_await read_bytes(*reader, 1000, 100);
}

TEST_CASE("io deflate: broken data and ends", "[io]") {
  using namespace std::string_literals;
  Loop loop;
  CHECK(loop.run_until_done(read_raw(loop, "")) == "");
  // RFC 1951 3.2.4: a stored block of "hi", not the last one; then one that ends the stream.
  const std::string stored = "\x00\x02\x00\xfd\xffhi"s;
  CHECK(loop.run_until_done(read_raw(loop, stored)) == "hi");
  CHECK_THROWS_AS(loop.run_until_done(read_raw(loop, stored + "\x03\x00"s)), ConnectionLost);
  for (const std::string& broken : {"\x78\x9c\xff\xff\xff"s, "\xff\xff"s, "* OK plain text\r\n"s}) {
    CHECK_THROWS_AS(loop.run_until_done(read_raw(loop, broken)), ConnectionLost);
  }
}

static Task<void> write_after_failure(Loop& loop) {
  auto [left, right] = memory_pair(loop);
  auto writer = deflate_stream(std::move(right));
  const std::string noise = base::random_bytes(200'000);
  CHECK_THROWS_AS(co_await writer->write_all(noise, after(std::chrono::milliseconds(1))), TimedOut);
  CHECK_THROWS_AS(co_await writer->write_all("next", never), ConnectionLost);
}

TEST_CASE("io deflate: a write that stopped halfway is the end of writing", "[io]") {
  Loop loop;
  loop.run_until_done(write_after_failure(loop));
}
