#include "guests.h"

#include <catch2/catch.hpp>

using namespace tegu;
using tegu::imapd::Guests;

static io::Endpoint from(const char* address) {
  return *io::Endpoint::from_address(address, 1234);
}

TEST_CASE("imapd guests: the last tenth is for those who are known", "[imapd]") {
  Guests guests;
  Guests::Limits limits{.all = 10, .per_network = 100};
  std::vector<Guests::Place> places;
  for (int i = 0; i < 9; ++i) places.push_back(guests.admit(from("192.0.2.1"), limits));
  CHECK(places.back());
  CHECK_FALSE(guests.admit(from("192.0.2.1"), limits));
  guests.remember(from("192.0.2.2"), io::Clock::now());
  Guests::Place known = guests.admit(from("192.0.2.2"), limits);
  CHECK(known);
  CHECK_FALSE(guests.admit(from("192.0.2.2"), limits));
  CHECK(guests.size() == 10);
  places.clear();
  CHECK(guests.size() == 1);
}

TEST_CASE("imapd guests: one network has so many, an IPv6 /64 is one", "[imapd]") {
  Guests guests;
  Guests::Limits limits{.all = 100, .per_network = 2};
  Guests::Place one = guests.admit(from("2001:db8::1"), limits);
  Guests::Place two = guests.admit(from("2001:db8::2"), limits);
  CHECK(two);
  CHECK_FALSE(guests.admit(from("2001:db8::3"), limits));
  CHECK(guests.admit(from("2001:db8:0:1::3"), limits));
}
