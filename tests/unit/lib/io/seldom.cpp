#include "io/seldom.h"

#include <catch2/catch.hpp>

using namespace tegu::io;
using std::chrono::seconds;

TEST_CASE("io seldom: tells the first, then one in a while with a count", "[io]") {
  Seldom seldom(seconds(5));
  Deadline start{seconds(1000)};
  CHECK(seldom.happened(start) == 0);
  CHECK(!seldom.happened(start));
  CHECK(!seldom.happened(start + seconds(4)));
  CHECK(seldom.happened(start + seconds(5)) == 2);
  CHECK(!seldom.happened(start + seconds(6)));
  CHECK(seldom.happened(start + seconds(60)) == 1);
  CHECK(seldom.happened(start + seconds(65)) == 0);
}
