#include "base/failpoint.h"

#include <catch2/catch.hpp>

using namespace tegu;

namespace {

struct Broken : base::Error {
  using Error::Error;
};

struct Disarm {
  ~Disarm() { base::arm_failpoints(""); }
};

}  // namespace

TEST_CASE("failpoint: nothing happens where none is armed", "[base]") {
  CHECK_FALSE(base::pass_failpoint("a.b"));
  CHECK_NOTHROW(base::failpoint("a.b"));
}

#ifdef TEGU_FAILPOINTS

TEST_CASE("failpoint: acts at the n-th passage, once", "[base]") {
  Disarm at_end;
  base::arm_failpoints("a.b:2:error,c:1:sleep");
  CHECK_FALSE(base::pass_failpoint("a"));
  CHECK_FALSE(base::pass_failpoint("a.b"));
  CHECK_FALSE(base::pass_failpoint("c"));
  CHECK(base::pass_failpoint("a.b"));
  CHECK_FALSE(base::pass_failpoint("a.b"));
}

TEST_CASE("failpoint: fails as the place may fail", "[base]") {
  Disarm at_end;
  base::arm_failpoints("a:1:error");
  CHECK_THROWS_AS(base::failpoint<Broken>("a"), Broken);
}

TEST_CASE("failpoint: what was armed before is forgotten", "[base]") {
  Disarm at_end;
  base::arm_failpoints("a:1:error");
  base::arm_failpoints("b:1:error");
  CHECK_FALSE(base::pass_failpoint("a"));
  base::arm_failpoints("");
  CHECK_FALSE(base::pass_failpoint("b"));
}

TEST_CASE("failpoint: words that make no sense are refused", "[base]") {
  for (const char* list : {"a", "a:1", "a:0:kill", "a:x:kill", "a:1:die", "a:1:kill,"}) {
    INFO(list);
    CHECK_THROWS_AS(base::arm_failpoints(list), base::UsageError);
  }
}

#endif
