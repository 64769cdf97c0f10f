// Dates of mail and durations.
#include "base/time.h"

#include <catch2/catch.hpp>

using namespace tegu::base;
using namespace std::chrono_literals;

static WallTime at(int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

TEST_CASE("base time: the three formats of one moment", "[base]") {
  WallTime time = at(784111777);  // Sun, 06 Nov 1994 08:49:37 UTC
  CHECK(rfc5322_date(time) == "Sun, 6 Nov 1994 08:49:37 +0000");
  CHECK(imap_date(time) == " 6-Nov-1994 08:49:37 +0000");
  CHECK(rfc3339_date(time) == "1994-11-06T08:49:37.000000Z");
}

TEST_CASE("base time: RFC 5322 dates, obsolete ones too", "[base]") {
  struct Row {
    std::string_view in;
    int64_t want;
    int zone;
  };
  Row rows[] = {{"Sun, 6 Nov 1994 08:49:37 +0000", 784111777, 0},
                {"6 Nov 1994 08:49:37 GMT", 784111777, 0},
                {"Sun, 06 Nov 94 09:49:37 +0100", 784111777, 60},
                {"Sun , 6 (a (nested) comment) Nov 1994 03:49:37 EST", 784111777, -300},
                {"6 Nov 1994 08:49 +0000", 784111740, 0},
                {" Thu,\r\n 13 Feb 1969 23:32:54 -0330 (Newfoundland)", -27723426, -210}};
  for (auto& row : rows) {
    INFO(row.in);
    auto date = parse_rfc5322_date(row.in);
    REQUIRE(date);
    CHECK(date->time == at(row.want));
    CHECK(date->zone_minutes == row.zone);
  }
  for (auto bad : {"", "yesterday", "31 Feb 1994 00:00:00 +0000", "6 Nov 1994",
                   "6 Nov 1994 25:00:00 +0000", "99999 Nov 1994 08:49:37 +0000"}) {
    INFO(bad);
    CHECK_FALSE(parse_rfc5322_date(bad));
  }
}

TEST_CASE("base time: IMAP date-time and date", "[base]") {
  auto date = parse_imap_date_time(" 6-Nov-1994 09:49:37 +0100");
  REQUIRE(date);
  CHECK(date->time == at(784111777));
  CHECK(parse_imap_date_time("06-Nov-1994 08:49:37 +0000")->time == at(784111777));
  CHECK_FALSE(parse_imap_date_time("6-Nov-1994 08:49:37"));
  CHECK_FALSE(parse_imap_date_time("32-Nov-1994 08:49:37 +0000"));
  // In UTC these lie outside the years that can be written.
  CHECK(parse_imap_date_time("31-Dec-9999 23:59:59 +0000"));
  CHECK_FALSE(parse_imap_date_time("31-Dec-9999 23:59:59 -0100"));
  CHECK_FALSE(parse_imap_date_time(" 1-Jan-1900 00:59:59 +0100"));
  CHECK(parse_imap_date("1-Feb-1994") == std::chrono::sys_days(std::chrono::year{1994} / 2 / 1));
  CHECK_FALSE(parse_imap_date("30-Feb-1994"));
}

TEST_CASE("base time: durations", "[base]") {
  CHECK(parse_duration("90") == 90s);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("5d") == 120h);
  CHECK(parse_duration("1w") == 168h);
  for (auto bad : {"", "x", "5x", "-1", "1.5h", "99999999999999999999", "1000000000w",
                   "500000000d500000000d1s"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad));
  }
  CHECK(format_duration(90min) == "1h30m");
  CHECK(format_duration(0s) == "0s");
  CHECK(parse_duration(format_duration(123456s)) == 123456s);
}
