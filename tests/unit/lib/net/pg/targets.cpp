#include "net/pg/targets.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tegu;
using net::pg::parse_targets;

static std::vector<std::string> names(const char* conninfo) {
  std::vector<std::string> found;
  for (const auto& target : parse_targets(conninfo, "test")) found.push_back(target.name);
  return found;
}

TEST_CASE("pg targets: every host is one target", "[pg]") {
  struct {
    const char* in;
    std::vector<std::string> want;
  } table[] = {
      {"", {"local:5432"}},
      {"host=/run/pg dbname=x", {"/run/pg:5432"}},
      {"host=a,b port=1,2", {"a:1", "b:2"}},
      {"host=a,b port=7", {"a:7", "b:7"}},
      {"hostaddr=127.0.0.1,::1", {"127.0.0.1:5432", "::1:5432"}},
      {"host=a hostaddr=127.0.0.1 port=5", {"a:5"}},
      {"postgresql://u:p@a:1,b:2/db", {"a:1", "b:2"}},
  };
  for (const auto& row : table) CHECK(names(row.in) == row.want);
}

TEST_CASE("pg targets: what the string leaves open is filled, what it says is kept", "[pg]") {
  auto plain = parse_targets("host=a", "tegu-x");
  CHECK(*plain[0].option("application_name") == "tegu-x");
  CHECK(*plain[0].option("target_session_attrs") == "read-write");
  auto said = parse_targets("host=a target_session_attrs=any application_name=me", "tegu-x");
  CHECK(*said[0].option("application_name") == "me");
  CHECK(*said[0].option("target_session_attrs") == "any");
}

TEST_CASE("pg targets: a bad string is refused without repeating it", "[pg]") {
  for (const char* bad : {"password=geheim nonsense", "host=a,b,c port=1,2", "geheim=1 x",
                          "host=a,b hostaddr=127.0.0.1"}) {
    try {
      parse_targets(bad, "test");
      FAIL("accepted: " << bad);
    } catch (const base::UsageError& error) {
      CHECK(std::string(error.what()).find("geheim") == std::string::npos);
    }
  }
}
