// Tests that only CRLF ends a command line.
#include "wire/smtp/line_framer.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace tegu::wire::smtp;
using Status = LineFramer::Status;

namespace {

// What came out of a whole stream, as "L:text", "B" (bare) and "T" (too long).
std::vector<std::string> run(const std::vector<std::string>& pieces, size_t limit) {
  std::vector<std::string> out;
  LineFramer framer;
  for (std::string_view rest : pieces) {
    while (!rest.empty()) {
      auto step = framer.feed(rest, limit);
      rest.remove_prefix(step.consumed);
      if (step.status == Status::line) out.push_back("L:" + std::string(step.line));
      if (step.status == Status::bare_line_end) out.push_back("B");
      if (step.status == Status::too_long) out.push_back("T");
    }
  }
  return out;
}

}  // namespace

TEST_CASE("smtp line framer: only CRLF ends a line, however the bytes come", "[smtp]") {
  struct Row {
    std::string in;
    std::vector<std::string> want;
  };
  const std::vector<Row> rows = {
      {"NOOP\r\n", {"L:NOOP"}},
      {"\r\n", {"L:"}},
      {"a\r\n\r\nb\r\n", {"L:a", "L:", "L:b"}},
      {"abc", {}},
      {"a\nb\r\n", {"B", "L:b"}},
      {"a\rb\r\n", {"B", "L:"}},
      {"a\r\r\n", {"B", "B"}},
      {"12345678\r\n", {"L:12345678"}},
      {"123456789\r\nb\r\n", {"T", "L:b"}},
      {"1234567890123456789012345\r\nb\r\n", {"T", "L:b"}},
      {"1234567890123456789012345\nb\r\n", {"B", "L:b"}},
      {"1234567890123456789012345\r5\r\n", {"B", "L:"}},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    CHECK(run({row.in}, 10) == row.want);
    for (size_t cut = 0; cut <= row.in.size(); ++cut) {
      INFO("cut at " << cut);
      CHECK(run({row.in.substr(0, cut), row.in.substr(cut)}, 10) == row.want);
    }
    std::vector<std::string> bytes;
    for (char c : row.in) bytes.emplace_back(1, c);
    CHECK(run(bytes, 10) == row.want);
  }
}

TEST_CASE("smtp line framer: an endless line is counted, not kept", "[smtp]") {
  LineFramer framer;
  std::string piece(1000, 'x');
  for (int i = 0; i < 100; ++i) CHECK(framer.feed(piece).status == Status::need_more);
  CHECK(framer.discarded() >= 97000);
  CHECK_FALSE(framer.empty());
  CHECK(framer.feed("\r\n").status == Status::too_long);
  CHECK(framer.feed("NOOP\r\n").line == "NOOP");
  CHECK(framer.feed("x").status == Status::need_more);
  CHECK(framer.discarded() == 0);
  CHECK(framer.feed("\r\n").line == "x");
  CHECK(framer.empty());
}
