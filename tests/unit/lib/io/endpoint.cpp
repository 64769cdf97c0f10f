#include "io/endpoint.h"

#include <catch2/catch.hpp>

using tegu::io::Endpoint;

TEST_CASE("io endpoint: numbers in, numbers out", "[io]") {
  struct {
    const char *in, *want;
  } table[] = {
      {"192.0.2.1:25", "192.0.2.1:25"},         {"[2001:db8::1]:465", "[2001:db8::1]:465"},
      {"[2001:DB8:0::1]:0", "[2001:db8::1]:0"}, {"[::ffff:192.0.2.7]:25", "192.0.2.7:25"},
      {"0.0.0.0:65535", "0.0.0.0:65535"},
  };
  for (auto& row : table) {
    auto endpoint = Endpoint::parse(row.in);
    INFO(row.in);
    REQUIRE(endpoint);
    CHECK(endpoint->text() == row.want);
    CHECK(Endpoint::parse(endpoint->text()) == endpoint);
  }
}

TEST_CASE("io endpoint: names, junk and unclear ports are refused", "[io]") {
  for (const char* in :
       {"", ":", ":25", "localhost:25", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536",
        "192.0.2.1:-1", "192.0.2.1:25x", "192.0.2:25", "::1:25", "[::1]", "[::1:25", "::1]:25",
        "[192.0.2.1]:25", "[]:25", "[fe80::1%eth0]:25", "192.0.2.1:25 "}) {
    INFO(in);
    CHECK_FALSE(Endpoint::parse(in));
  }
}

TEST_CASE("io endpoint: loopback, bytes and order", "[io]") {
  CHECK(Endpoint::parse("127.8.9.10:1")->is_loopback());
  CHECK(Endpoint::parse("[::1]:1")->is_loopback());
  CHECK(Endpoint::parse("[::ffff:127.0.0.1]:1")->is_loopback());
  CHECK(Endpoint().is_loopback());
  CHECK_FALSE(Endpoint::parse("128.0.0.1:1")->is_loopback());
  CHECK_FALSE(Endpoint::parse("[2001:db8::1]:1")->is_loopback());
  CHECK(Endpoint::parse("1.2.3.4:1")->bytes() == std::string_view("\1\2\3\4"));
  CHECK(Endpoint::parse("[::1]:1")->bytes().size() == 16);
  CHECK(*Endpoint::parse("1.2.3.4:1") < *Endpoint::parse("1.2.3.4:2"));
  CHECK(*Endpoint::parse("9.2.3.4:1") < *Endpoint::parse("[::]:1"));
  CHECK(Endpoint::parse("1.2.3.4:1")->with_port(2) == Endpoint::from_address("1.2.3.4", 2));
}
