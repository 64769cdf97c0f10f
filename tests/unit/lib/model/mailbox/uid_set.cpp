#include "model/mailbox/uid_set.h"

#include <catch2/catch.hpp>

using tegu::model::mailbox::UidSet;

TEST_CASE("uid set: text joins neighbours", "[mailbox]") {
  struct {
    std::vector<uint32_t> in;
    std::string want;
    uint64_t count;
  } cases[] = {
      {{}, "", 0},
      {{1}, "1", 1},
      {{3, 1, 2}, "1:3", 3},
      {{1, 2, 4, 5, 5, 9}, "1:2,4:5,9", 5},
      {{4294967295, 4294967294}, "4294967294:4294967295", 2},
  };
  for (const auto& c : cases) {
    UidSet set(c.in);
    CHECK(set.text() == c.want);
    CHECK(set.count() == c.count);
    CHECK(UidSet::parse(c.want) == set);
  }
}

TEST_CASE("uid set: only its own notation is read", "[mailbox]") {
  for (auto text : {"0",     "1:",  ":1",         "2:1",   "1,1",
                    "1:3,3", "3,1", "1,",         ",1",    "*",
                    "1:*",   " 1",  "4294967296", "-1",    "1:2:3",
                    "a",     "01",  "1:02",       "00",    "+1",
                    "5:5",   "1,2", "1:2,3",      "1,2:3", "4294967294,4294967295"}) {
    INFO(text);
    CHECK(!UidSet::parse(text));
  }
  CHECK(UidSet::parse("1:2,4,4294967293,4294967295")->text() == "1:2,4,4294967293,4294967295");
}

TEST_CASE("uid set: contains", "[mailbox]") {
  auto set = UidSet::parse("2:4,8");
  for (uint32_t uid : {2, 3, 4, 8}) CHECK(set->contains(uid));
  for (uint32_t uid : {1, 5, 7, 9}) CHECK(!set->contains(uid));
  CHECK(!UidSet().contains(1));
}
