#include "throttle.h"

#include <catch2/catch.hpp>

#include "login_cache.h"

using namespace tegu;
using namespace tegu::router;
using std::chrono::seconds;

static const Moment start{std::chrono::hours(1000)};

static ThrottleRules usual() {
  ThrottleRules rules;
  rules.delays = {seconds(2), seconds(4), seconds(8), seconds(15)};
  return rules;
}

TEST_CASE("router throttle: networks of peers", "[router]") {
  struct {
    const char *in, *want;
  } table[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"2001:db8:1:2::ffff", "2001:db8:1:2::/64"},
      {"2001:db8::1", "2001:db8::/64"},
      {"", ""},
      {"unix", ""},
  };
  for (const auto& row : table) CHECK(network_of(row.in) == row.want);
}

TEST_CASE("router throttle: answers of failures come later and later", "[router]") {
  Throttle throttle;
  Moment now = start;
  for (int64_t want : {2, 4, 8, 15, 15}) {
    CHECK(throttle.failed("#1", "192.0.2.1", usual(), now) == now + seconds(want));
    now += seconds(20);
  }
  // Another account from the same peer is as slow, the same account from elsewhere too.
  CHECK(throttle.failed("#2", "192.0.2.1", usual(), now) == now + seconds(15));
  CHECK(throttle.failed("#1", "192.0.2.2", usual(), now) == now + seconds(15));
  CHECK(throttle.failed("#3", "192.0.2.3", usual(), now) == now + seconds(2));
  // Forgotten after a while without a failure.
  now += seconds(601);
  CHECK(throttle.failed("#1", "192.0.2.1", usual(), now) == now + seconds(2));
}

TEST_CASE("router throttle: attempts at a failing account take turns", "[router]") {
  Throttle throttle;
  ThrottleRules rules = usual();
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start);
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start);
  throttle.failed("#1", "", rules, start);
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start + seconds(2));
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start + seconds(4));
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start + seconds(6));
  // What would come too late takes no turn, so the next one waits no longer for it.
  for (int i = 0; i < 100; i++) {
    CHECK_FALSE(throttle.turn("#1", "192.0.2.1", rules, start, start + seconds(7)));
  }
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start + seconds(8));
  CHECK(throttle.turn("#2", "192.0.2.1", rules, start) == start);
  throttle.succeeded("#1", "192.0.2.1");
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start);
}

TEST_CASE("router throttle: strangers do not lock the owner out", "[router]") {
  Throttle throttle;
  ThrottleRules rules = usual();
  throttle.succeeded("#1", "192.0.2.1");
  for (int i = 0; i < 10; i++) throttle.failed("#1", "203.0.113.1", rules, start);
  CHECK(throttle.turn("#1", "203.0.113.2", rules, start) > start);
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) == start);
  CHECK(throttle.turn("#1", "", rules, start) > start);
  // Only the last few networks count.
  for (int i = 0; i < 8; i++) throttle.succeeded("#1", "198.51.100." + std::to_string(i));
  throttle.failed("#1", "203.0.113.1", rules, start);
  CHECK(throttle.turn("#1", "192.0.2.1", rules, start) > start);
}

TEST_CASE("router throttle: a peer that fails too often is not listened to", "[router]") {
  Throttle throttle;
  ThrottleRules rules = usual();
  rules.peer_per_minute = 3;
  rules.peer_per_day = 5;
  Moment now = start;
  for (int i = 0; i < 3; i++) {
    CHECK_FALSE(throttle.refuses("192.0.2.1", rules, now));
    throttle.failed("#" + std::to_string(i), "192.0.2.1", rules, now);
  }
  CHECK(throttle.refuses("192.0.2.1", rules, now));
  CHECK_FALSE(throttle.refuses("192.0.2.2", rules, now));
  now += seconds(60);
  CHECK_FALSE(throttle.refuses("192.0.2.1", rules, now));
  throttle.failed("#4", "192.0.2.1", rules, now);
  throttle.failed("#5", "192.0.2.1", rules, now);
  now += seconds(3600);
  CHECK(throttle.refuses("192.0.2.1", rules, now));
  throttle.succeeded("#1", "192.0.2.1");
  CHECK(throttle.refuses("192.0.2.1", rules, now));
  CHECK_FALSE(throttle.refuses("192.0.2.1", rules, start + std::chrono::hours(24)));
}

TEST_CASE("router throttle: invented names do not fill the memory", "[router]") {
  Throttle throttle;
  for (int i = 0; i < 120000; i++) {
    throttle.failed("x" + std::to_string(i), "", usual(), start);
  }
  CHECK(throttle.size() <= 100000);
}

TEST_CASE("router login cache: knows the password of the account for a time", "[router]") {
  LoginCache cache, other;
  base::AccountId alice{1}, bob{2};
  std::string digest = cache.digest(alice, "secret");
  CHECK(digest.size() == 32);
  CHECK(digest == cache.digest(alice, "secret"));
  CHECK(digest != cache.digest(bob, "secret"));
  CHECK(digest != other.digest(alice, "secret"));
  CHECK_FALSE(cache.knows(alice, digest, start));
  cache.remember(alice, digest, start + seconds(60), cache.changes());
  CHECK(cache.knows(alice, digest, start));
  CHECK_FALSE(cache.knows(bob, digest, start));
  CHECK_FALSE(cache.knows(alice, cache.digest(alice, "Secret"), start));
  CHECK_FALSE(cache.knows(alice, digest, start + seconds(60)));
  for (int i = 0; i < 20; i++) {
    cache.remember(bob, cache.digest(bob, std::to_string(i)), start + seconds(60), cache.changes());
  }
  CHECK_FALSE(cache.knows(bob, cache.digest(bob, "0"), start));
  CHECK(cache.knows(bob, cache.digest(bob, "19"), start));
  cache.forget(alice);
  CHECK_FALSE(cache.knows(alice, digest, start));
  // A password that was compared while the account changed is not remembered.
  uint64_t before = cache.changes();
  cache.forget(alice);
  cache.remember(alice, digest, start + seconds(60), before);
  CHECK_FALSE(cache.knows(alice, digest, start));
  cache.clear();
  CHECK(cache.size() == 0);
}
