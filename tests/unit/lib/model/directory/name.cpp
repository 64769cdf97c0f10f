#include "model/directory/name.h"

#include <catch2/catch.hpp>

using namespace tegu::model::directory;

TEST_CASE("directory name: addresses are folded", "[directory]") {
  struct {
    const char* in;
    const char* want;  // null: refused
  } table[] = {
      {"Alice@Example.ORG", "alice@example.org"},
      {" bob@example.org ", "bob@example.org"},
      {"ПЁТР@пример.рф", "пётр@xn--e1afmkfd.xn--p1ai"},
      {"\"a b\"@example.org", "\"a b\"@example.org"},
      {"postmaster", nullptr},
      {"", nullptr},
      {"@example.org", nullptr},
      {"a@b@example.org", nullptr},
      {"a b@example.org", nullptr},
  };
  for (const auto& row : table) {
    INFO(row.in);
    auto got = parse_name(row.in);
    REQUIRE(got.has_value() == (row.want != nullptr));
    if (got) CHECK(got->text() == row.want);
  }
}

TEST_CASE("directory name: keys of routes", "[directory]") {
  struct {
    const char *in, *want;
  } table[] = {
      {"*", "*"},
      {"Example.org", "example.org"},
      {".Example.org", ".example.org"},
      {"User@Example.org", "user@example.org"},
      {"", nullptr},
      {"..example.org", nullptr},
      {"exa mple.org", nullptr},
      {"@example.org", nullptr},
  };
  for (const auto& row : table) {
    INFO(row.in);
    auto got = parse_route_key(row.in);
    REQUIRE(got.has_value() == (row.want != nullptr));
    if (got) CHECK(*got == row.want);
  }
}

TEST_CASE("directory name: next hops", "[directory]") {
  struct {
    const char *in, *want;
  } table[] = {
      {"mx", "mx"},
      {"MX:Example.org", "mx:example.org"},
      {"smtp://Relay.example.org:2525", "smtp://relay.example.org:2525"},
      {"smtp://[2001:db8::1]:25", "smtp://[2001:db8::1]:25"},
      {"lmtp:127.0.0.1:24", "lmtp:127.0.0.1:24"},
      {"lmtp:/run/Other/lmtp.sock", "lmtp:/run/Other/lmtp.sock"},
      {"relay.example.org", nullptr},
      {"smtp://", nullptr},
      {"smtp://host:0", nullptr},
      {"smtp://host:99999", nullptr},
      {"smtp://[::1", nullptr},
      {"smtp:/run/x", nullptr},
      {"lmtp:/", nullptr},
      {"http://host", nullptr},
      {"smtp://a b:25", nullptr},
      {"", nullptr},
  };
  for (const auto& row : table) {
    INFO(row.in);
    auto got = parse_next_hop(row.in);
    REQUIRE(got.has_value() == (row.want != nullptr));
    if (got) CHECK(*got == row.want);
  }
}
