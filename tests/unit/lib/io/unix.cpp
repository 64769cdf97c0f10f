#include "io/unix.h"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::io;
using std::chrono::milliseconds;

static base::Fd file_with(const std::string& text) {
  base::Fd fd(::memfd_create("test", MFD_CLOEXEC));
  REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return fd;
}
static std::string text_of(const base::Fd& fd) {
  char text[100];
  ssize_t got = ::pread(fd.get(), text, sizeof text, 0);
  return std::string(text, static_cast<size_t>(std::max<ssize_t>(got, 0)));
}

static Task<void> write_numbered(UnixChannel& channel, int from, int count) {
  for (int i = from; i < from + count; i++) {
    std::string name = std::to_string(i);
    base::Fd fd = i % 3 == 0 ? file_with(name) : base::Fd();
    // Long lines do not fit into the socket's buffer at once.
    co_await channel.write_line(name + " " + std::string(i % 7 == 0 ? 300'000 : i % 50, 'x'),
                                fd.get());
  }
}

static Task<void> many_lines(Loop& loop) {
  auto [left, right] = test::socket_pair();
  UnixChannel reader(loop, std::move(left)), writer(loop, std::move(right));
  Scope scope(loop);
  scope.spawn(write_numbered(writer, 0, 50));
  scope.spawn(write_numbered(writer, 100, 50));
  std::vector<int> seen(200);
  for (int lines = 0; lines < 100; lines++) {
    auto line = co_await reader.read_line(never);
    int number = std::stoi(line->text);
    seen[static_cast<size_t>(number)]++;
    CHECK(line->text.ends_with(line->text.size() < 100 && number % 50 == 0 ? " " : "x"));
    REQUIRE(line->fds.size() == (number % 3 == 0 ? 1u : 0u));
    if (number % 3 == 0) CHECK(text_of(line->fds[0]) == std::to_string(number));
  }
  for (int i = 0; i < 50; i++) CHECK((seen[i] == 1 && seen[100 + i] == 1));
  co_await scope.join();
}

TEST_CASE("io unix: descriptors stay with their lines, lines do not mix", "[io]") {
  Loop loop;
  loop.run_until_done(many_lines(loop));
}

static Task<void> read_one(UnixChannel& reader) {
  auto line = co_await reader.read_line(never);
  CHECK(line->fds.size() == 1);
}

static Task<void> one_long_line(Loop& loop) {
  auto [left, right] = test::socket_pair();
  UnixChannel reader(loop, std::move(left)), writer(loop, std::move(right));
  Scope scope(loop);
  base::Fd file = file_with("x");
  scope.spawn(writer.write_line(std::string(1'000'000, 'x'), file.get()));
  co_await scope.enclose(read_one(reader));
}

TEST_CASE("io unix: cancelled at every wait", "[io]") {
  Loop loop;
  CHECK(test::cancel_at_every_wait(loop, [&] { return one_long_line(loop); }) > 1);
}

static Task<std::string> what_is_read(Loop& loop, std::string bytes) {
  auto [left, right] = test::socket_pair();
  UnixChannel reader(loop, std::move(left));
  CHECK(::send(right.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  right.reset();
  std::string lines;
  try {
    while (auto line = co_await reader.read_line(never)) lines += line->text + "|";
    co_return lines + "end";
  } catch (const ConnectionLost&) {
    co_return lines + "lost";
  }
}

TEST_CASE("io unix: lines and ends", "[io]") {
  Loop loop;
  struct {
    const char *in, *want;
  } table[] = {{"", "end"},
               {"a\n", "a|end"},
               {"a\nbc\n\nd\n", "a|bc||d|end"},
               {"a\nb", "a|lost"},
               {"\r\n", "\r|end"}};
  for (auto& row : table) CHECK(loop.run_until_done(what_is_read(loop, row.in)) == row.want);
}

static Task<void> broken_writer(Loop& loop) {
  auto [left, right] = test::socket_pair();
  UnixChannel reader(loop, std::move(left)), writer(loop, std::move(right));
  std::string line(1'000'000, 'x');
  CHECK_THROWS_AS(co_await writer.write_line(line, -1, after(milliseconds(1))), TimedOut);
  // What follows could only be read as the rest of the broken line.
  CHECK_THROWS_AS(co_await writer.write_line("next"), ConnectionLost);
  CHECK_THROWS_AS(co_await reader.read_line(never), ConnectionLost);
}

TEST_CASE("io unix: a half-written line ends the channel", "[io]") {
  Loop loop;
  loop.run_until_done(broken_writer(loop));
}

static Task<void> flood(int fd) {
  std::string bytes(100'000, 'x');
  for (int i = 0; i < 1000; i++) {
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) break;
    co_await yield();
  }
}

static Task<void> endless_line(Loop& loop) {
  auto [left, right] = test::socket_pair();
  UnixChannel reader(loop, std::move(left));
  Scope scope(loop);
  scope.spawn(flood(right.get()));
  CHECK_THROWS_AS(co_await reader.read_line(never), LineTooLong);
  co_await scope.close();
}

TEST_CASE("io unix: an endless line is refused", "[io]") {
  Loop loop;
  loop.run_until_done(endless_line(loop));
}

TEST_CASE("io unix: the peer's credentials", "[io]") {
  Loop loop;
  auto [left, right] = test::socket_pair();
  UnixChannel channel(loop, std::move(left));
  CHECK(channel.peer().uid == ::getuid());
  CHECK(channel.peer().pid == ::getpid());
}
