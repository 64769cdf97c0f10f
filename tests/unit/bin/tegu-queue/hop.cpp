#include "hop.h"

#include <catch2/catch.hpp>

using namespace tegu;
using queue::Hop;
using queue::parse_hop;

static const wire::smtp::Address someone{.local = "a", .domain = "b.org"};

TEST_CASE("queue hop: every form, and its name", "[queue]") {
  using Kind = Hop::Kind;
  struct {
    std::string_view text;
    Hop want;
    std::string_view name;
  } table[] = {
      {"", {Kind::mx, false, "b.org", 25}, "mx:b.org"},
      {"mx", {Kind::mx, false, "b.org", 25}, "mx:b.org"},
      {"mx:Other.org", {Kind::mx, false, "other.org", 25}, "mx:other.org"},
      {"smtp://Mail.b.org:2525", {Kind::host, false, "mail.b.org", 2525}, "smtp://mail.b.org:2525"},
      {"smtp:mail.b.org", {Kind::host, false, "mail.b.org", 25}, "smtp://mail.b.org:25"},
      {"smtp://[2001:db8::1]:26",
       {Kind::host, false, "2001:db8::1", 26},
       "smtp://[2001:db8::1]:26"},
      {"smtp://[192.0.2.1]", {Kind::host, false, "192.0.2.1", 25}, "smtp://192.0.2.1:25"},
      {"lmtp://127.0.0.1:8024", {Kind::host, true, "127.0.0.1", 8024}, "lmtp://127.0.0.1:8024"},
      {"lmtp:mail.b.org", {Kind::host, true, "mail.b.org", 24}, "lmtp://mail.b.org:24"},
      {"lmtp:/run/d/lmtp", {Kind::unix_socket, true, "/run/d/lmtp", 0}, "lmtp:/run/d/lmtp"},
      {"lmtp:///run/d/lmtp", {Kind::unix_socket, true, "/run/d/lmtp", 0}, "lmtp:/run/d/lmtp"},
      {"route", {Kind::route, false, "", 25}, "route"},
  };
  for (const auto& row : table) {
    INFO(row.text);
    auto hop = parse_hop(row.text, someone);
    REQUIRE(hop);
    CHECK(*hop == row.want);
    CHECK(hop->name() == row.name);
    if (hop->kind != Hop::Kind::route) CHECK(parse_hop(hop->name(), someone) == hop);
  }
}

TEST_CASE("queue hop: nonsense is told", "[queue]") {
  for (std::string_view text :
       {"mail.b.org", "http://b.org", "smtp:", "smtp://", "smtp://b.org:", "smtp://b.org:0",
        "smtp://b.org:70000", "smtp://b.org:x", "smtp://[::1", "smtp://[::1]25", "smtp://a b",
        "mx:", "mx:-", "smtp:/run/x"}) {
    INFO(text);
    auto hop = parse_hop(text, someone);
    REQUIRE_FALSE(hop);
    CHECK(hop.error().starts_with("next hop: "));
  }
  CHECK_FALSE(parse_hop("", {.local = "postmaster", .domain = {}}));
}
