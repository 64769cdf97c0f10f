// What a silent client costs.
#include "connection.h"

#include <catch2/catch.hpp>

#include "io/loop.h"
#include "support/script_stream.h"

using namespace tegu;
using namespace tegu::imapd;

TEST_CASE("imapd connection: a silent client holds no answer", "[imapd]") {
  tests::ScriptLog log;
  std::string answer(100'000, 'x');
  io::Loop loop;
  Connection line(
      loop, std::make_unique<tests::ScriptStream>(tests::Script{{answer, "a NOOP\r\n"}}, log), -1);
  line.out() = answer;
  REQUIRE(loop.run_until_done(line.next(io::after(std::chrono::seconds(1)))).has_value());
  CHECK(log.steps == 1);
  CHECK(line.out().capacity() < 1000);
}
