#include "io/buffered.h"

#include <catch2/catch.hpp>
#include <vector>

#include "io/error.h"
#include "io/loop.h"

using namespace tegu::io;

namespace {

// Gives `bytes` in pieces of at most `piece`.
class Script : public Stream {
 public:
  Script(std::string bytes, size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Task<size_t> read_some(std::span<char> into, Deadline) override {
    size_t count = std::min({into.size(), piece_, bytes_.size() - at_});
    bytes_.copy(into.data(), count, at_);
    at_ += count;
    largest = std::max(largest, into.size());
    last = into.size();
    co_return count;
  }
  Task<void> write_all(std::string_view, Deadline) override { co_return; }
  Task<void> close() override { co_return; }
  size_t largest = 0, last = 0;

 private:
  std::string bytes_;
  size_t piece_, at_ = 0;
};

}  // namespace

static Task<std::vector<std::string>> lines_of(BufferedReader& reader) {
  std::vector<std::string> lines;
  while (auto line = co_await reader.read_line(never)) lines.push_back(*line);
  co_return lines;
}

TEST_CASE("io buffered: lines, whatever the pieces", "[io]") {
  Loop loop;
  std::string text = "one\r\ntwo\n\r\n" + std::string(5000, 'x') + "\nlast\r\r\n";
  for (size_t piece : {1, 2, 3, 4, 5, 100, 1000, 5000, 100000}) {
    Script script(text, piece);
    BufferedReader reader(script);
    CHECK(loop.run_until_done(lines_of(reader)) ==
          std::vector<std::string>{"one", "two", "", std::string(5000, 'x'), "last\r"});
  }
}

TEST_CASE("io buffered: an end within a line and an endless line", "[io]") {
  Loop loop;
  Script cut("one\ntw", 2);
  BufferedReader reader(cut);
  CHECK_THROWS_AS(loop.run_until_done(lines_of(reader)), ConnectionLost);
  Script endless(std::string(5000, 'x') + "\n", 999);
  BufferedReader bounded(endless, 4096);
  CHECK_THROWS_AS(loop.run_until_done(lines_of(bounded)), LineTooLong);
  CHECK(bounded.view().size() == 4096);
  CHECK(bounded.is_full());
}

static Task<size_t> count_all(BufferedReader& reader, size_t keep) {
  size_t count = 0;
  while (co_await reader.fill(never)) {
    size_t some = reader.view().size() - std::min(keep, reader.view().size());
    for (char c : reader.view().substr(0, some)) CHECK(c == static_cast<char>('a' + count++ % 26));
    reader.consume(some);
  }
  co_return count + reader.view().size();
}

TEST_CASE("io buffered: grows for a flood, shrinks for a trickle", "[io]") {
  Loop loop;
  std::string text(200'000, '\0');
  for (size_t i = 0; i < text.size(); i++) text[i] = static_cast<char>('a' + i % 26);
  for (size_t keep : {0, 1, 700}) {
    Script flood(text, text.size());
    BufferedReader reader(flood, 16384);
    CHECK(loop.run_until_done(count_all(reader, keep)) == text.size());
    if (keep == 0) CHECK(flood.largest == 16384);
    Script trickle(text.substr(0, 2600), 10);
    reader.reset(trickle);
    CHECK(loop.run_until_done(count_all(reader, 0)) == 2600);
    CHECK(trickle.last == BufferedReader::smallest);
  }
}

static Task<void> expect_and_fill(Script& script, BufferedReader& reader) {
  reader.expect(3000);
  CHECK(co_await reader.fill(never));
  CHECK(script.last == 3000);
  CHECK(reader.view().size() == 10);
  reader.expect(1'000'000);
  CHECK(co_await reader.fill(never));
  CHECK(script.last == 16384 - 10);
  CHECK(reader.view() == "abcdefghijklmnopqrst");
  reader.consume(20);
  CHECK(co_await reader.fill(never));
  CHECK(script.last == BufferedReader::smallest);
  CHECK(reader.view() == "uvw");
}

TEST_CASE("io buffered: makes room for what is expected, once", "[io]") {
  Loop loop;
  Script script("abcdefghijklmnopqrstuvw", 10);
  BufferedReader reader(script, 16384);
  loop.run_until_done(expect_and_fill(script, reader));
}
