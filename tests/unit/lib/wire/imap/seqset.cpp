#include "wire/imap/seqset.h"

#include <catch2/catch.hpp>
#include <set>

using namespace tegu::wire::imap;

TEST_CASE("imap seqset: star means highest number", "[imap]") {
  struct {
    std::string in;
    uint32_t highest;
    std::string want;
  } cases[] = {
      {"1", 10, "1"},
      {"*", 10, "10"},
      {"1:*", 10, "1:10"},
      {"*:1", 10, "1:10"},
      {"99:*", 10, "10:99"},
      {"*:99", 10, "10:99"},
      {"3:1", 10, "1:3"},
      {"1,2,3", 10, "1:3"},
      {"5,1:3,2:4", 10, "1:5"},
      {"1:2,4:5", 10, "1:2,4:5"},
      {"*:*", 7, "7"},
      {"1:*", 0, ""},
      {"4294967295", 3, "4294967295"},
      {"2,4294967295:1", 3, "1:4294967295"},
  };
  for (const auto& c : cases) {
    INFO(c.in);
    auto set = SeqSet::parse(c.in, 100);
    REQUIRE(set);
    CHECK(set->resolve(c.highest).text() == c.want);
    if (c.in != "*:*") CHECK(set->text() == c.in);
  }
}

TEST_CASE("imap seqset: what is refused", "[imap]") {
  for (std::string in : {"", "0", "1:0", "a", "1,", ",1", "1:", ":1", "1:2:3", "-1", "4294967296",
                         "1 2", "$,1", "1:$", "**"}) {
    INFO(in);
    CHECK_FALSE(SeqSet::parse(in, 100));
  }
  CHECK(SeqSet::parse("1,2,3", 3));
  CHECK_FALSE(SeqSet::parse("1,2,3,4", 3));
  CHECK(SeqSet::parse("$", 1)->saved());
}

TEST_CASE("imap seqset: beyond the last message", "[imap]") {
  CHECK(SeqSet::parse("1:5", 9)->beyond(4));
  CHECK_FALSE(SeqSet::parse("1:5", 9)->beyond(5));
  CHECK_FALSE(SeqSet::parse("1:*", 9)->beyond(5));
  CHECK_FALSE(SeqSet::parse("1:*", 9)->beyond(0));
  CHECK_FALSE(SeqSet::parse("*", 9)->beyond(0));
  CHECK(SeqSet::parse("1,*", 9)->beyond(0));
}

TEST_CASE("imap number set: agrees with a plain set", "[imap]") {
  uint32_t seed = 12345;
  auto random = [&](uint32_t n) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
  };
  for (int round = 0; round < 200; ++round) {
    NumberSet set;
    std::set<uint32_t> plain;
    for (int i = 0; i < 20; ++i) {
      uint32_t first = 1 + random(60), last = first + random(6);
      set.add(Range{first, last});
      for (uint32_t n = first; n <= last; ++n) plain.insert(n);
    }
    CHECK(set.size() == plain.size());
    for (uint32_t n = 0; n < 70; ++n) CHECK(set.contains(n) == plain.contains(n));
    for (size_t i = 1; i < set.ranges().size(); ++i)
      CHECK(set.ranges()[i].first > set.ranges()[i - 1].last + 1);
    CHECK(set.lowest() == *plain.begin());
    CHECK(set.highest() == *plain.rbegin());
  }
}
