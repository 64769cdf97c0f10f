// tegu.conf: what is read, and what each mistake says.
#include "daemon/conf.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tegu::daemon;
using tegu::base::UsageError;

TEST_CASE("daemon conf: all keys", "[daemon]") {
  Conf conf = parse_conf(R"(
node = "mx1"
run_dir = "/tmp/run"
state_dir = "/tmp/state"
database = "host=/tmp user=tegu_smtpd"
user = "tegu-smtpd"
group = "mail"
loops = 3
[log]
level = "debug"
format = "json"
[tls]
certificate = "/c.pem"
key = "/k.pem"
[listen]
smtp = ["0.0.0.0:25", "[::]:25"]
imaps = ["127.0.0.1:8993"]
)",
                         "t.conf");
  CHECK(conf.node == "mx1");
  CHECK(conf.run_dir == "/tmp/run");
  CHECK(conf.state_dir == "/tmp/state");
  CHECK(conf.database == "host=/tmp user=tegu_smtpd");
  CHECK(conf.user == "tegu-smtpd");
  CHECK(conf.group == "mail");
  CHECK(conf.loops == 3);
  CHECK(conf.log_level == tegu::base::log::Level::debug);
  CHECK(conf.log_format == tegu::base::log::Format::json);
  CHECK(conf.tls_certificate == "/c.pem");
  CHECK(conf.tls_key == "/k.pem");
  REQUIRE(conf.listen.size() == 2);
  CHECK(conf.listen["smtp"] == std::vector<std::string>{"0.0.0.0:25", "[::]:25"});
}

TEST_CASE("daemon conf: the least that works", "[daemon]") {
  Conf conf = parse_conf("database = \"dbname=tegu\"", "t.conf");
  CHECK(conf.run_dir == "/run/tegu");
  CHECK(conf.group == "tegu");
  CHECK(conf.listen.empty());
}

TEST_CASE("daemon conf: mistakes name file, line and remedy", "[daemon]") {
  struct Case {
    const char *text, *want;
  };
  for (const auto& [text, want] : {
           Case{"", "t.conf: database: missing; write the connection string of PostgreSQL"},
           {"database = 5", "t.conf:1: database: wants a text in quotes"},
           {"database = \"x\"\nnodes = \"a\"", "t.conf:2: nodes: unknown key, see tegu.conf(5)"},
           {"database = \"x\"\n[listen]\npop3 = []",
            "t.conf:3: listen.pop3: unknown key, see tegu.conf(5)"},
           {"[listen]\nsmtp = [\"localhost:25\"]",
            "t.conf:2: listen.smtp: \"localhost:25\" is no address and port such as 0.0.0.0:25 or "
            "[::]:25"},
           {"[listen]\nsmtp = \"0.0.0.0:25\"",
            "t.conf:2: listen.smtp: wants a list such as [\"0.0.0.0:25\", \"[::]:25\"]"},
           {"[log]\nlevel = \"loud\"",
            "t.conf:2: log.level: wants one of debug, info, warn, error"},
           {"log = \"debug\"", "t.conf:1: log: wants a section"},
           {"loops = -1", "t.conf:1: loops: wants a number from 0 to 256"},
           {"loops = \"2\"", "t.conf:1: loops: wants a number from 0 to 256"},
           {"database = \"x\"\n[tls]\nkey = \"k\"", "t.conf: tls: wants both certificate and key"},
       }) {
    CHECK_THROWS_WITH(parse_conf(text, "t.conf"), want);
  }
  CHECK_THROWS_WITH(parse_conf("a = ", "t.conf"), Catch::StartsWith("t.conf:1: "));
  CHECK_THROWS_AS(parse_conf("a = ", "t.conf"), UsageError);
  CHECK_THROWS_AS(parse_conf("a = 0x[\"1\u01eb", "t.conf"), UsageError);
  std::string dots = "a";
  while (dots.size() < 16000) dots += ".a";
  CHECK_THROWS_WITH(parse_conf(dots + "=1", "t.conf"),
                    Catch::StartsWith("t.conf:1: a: unknown key"));
  while (dots.size() < 1'000'000) dots += ".a";
  CHECK_THROWS_WITH(parse_conf(dots + "=1", "t.conf"), "t.conf: is larger than 16384 octets");
  // Here toml++ asserts.
  CHECK_THROWS_AS(parse_conf("[@\n", "t.conf"), UsageError);
  for (auto text : {"a = \"\u0444\" # \u0444\n\u0444 = 1", "a = '''\n\u0444'\u0444'''''\u0444",
                    "a = \"\\\"\"\n\u0252x"}) {
    CHECK_THROWS_WITH(parse_conf(text, "t.conf"), Catch::StartsWith("t.conf:2: "));
  }
  CHECK(parse_conf("database = \"\\\"\u0444\" # \u0444\nnode = \"\"\"\n\u0444\"\u0444\"\"\"\n", "t")
            .node == "\u0444\"\u0444");
}
