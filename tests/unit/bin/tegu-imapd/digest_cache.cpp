#include "digest_cache.h"

#include <catch2/catch.hpp>

using namespace tegu::imapd;

static PackedDigest digest_of(size_t octets) {
  return std::make_shared<const std::string>(octets, 'd');
}

TEST_CASE("imapd digest cache: the last one that was put stays", "[imapd]") {
  DigestCache cache;
  CHECK_FALSE(cache.find({1, 1, 1}));
  cache.put({1, 1, 1}, digest_of(10), 10'000);
  cache.put({1, 1, 1}, digest_of(20), 10'000);
  CHECK(cache.find({1, 1, 1})->size() == 20);
  CHECK_FALSE(cache.find({1, 1, 513}));
  CHECK_FALSE(cache.find({1, 2, 1}));
  CHECK_FALSE(cache.find({2, 1, 1}));
  cache.drop({1, 1, 1});
  cache.drop({1, 1, 1});
  CHECK_FALSE(cache.find({1, 1, 1}));
  CHECK(cache.octets() == 0);
}

TEST_CASE("imapd digest cache: what was used least lately goes", "[imapd]") {
  DigestCache cache;
  for (int64_t mailbox = 1; mailbox <= 3; ++mailbox) {
    cache.put({1, mailbox, 1}, digest_of(1000), 2800);
    CHECK(cache.find({1, 1, 1}));
  }
  CHECK_FALSE(cache.find({1, 2, 1}));
  CHECK(cache.find({1, 3, 1}));
  CHECK(cache.octets() <= 2800);
  // Who unpacks one now keeps it.
  PackedDigest held = cache.find({1, 1, 1});
  cache.put({1, 4, 1}, digest_of(1000), 0);
  CHECK(cache.octets() == 0);
  CHECK_FALSE(cache.find({1, 4, 1}));
  CHECK(held->size() == 1000);
}
