// Letters that sendmail and the sample hand in.
#include "letter.h"

#include <catch2/catch.hpp>

using namespace tegu::ctl;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

TEST_CASE("ctl letter: line ends and missing fields", "[ctl]") {
  auto bare = complete_letter("Subject: x\n\nbody\nend", "h.example");
  CHECK_THAT(bare, StartsWith("Date: "));
  CHECK_THAT(bare, Contains("\r\nMessage-ID: <") && Contains("@h.example>\r\nSubject: x\r\n\r\n"));
  CHECK_THAT(bare, EndsWith("body\r\nend\r\n"));

  std::string whole = "Date: d\r\nMessage-ID: <1@a>\r\n\r\nbody\r\n";
  CHECK(complete_letter(whole, "h") == whole);
  CHECK(complete_letter("date: d\nmessage-id: <1@a>\n\nx\ry\r\nz", "h") ==
        "date: d\r\nmessage-id: <1@a>\r\n\r\nx\r\ny\r\nz\r\n");
}

TEST_CASE("ctl letter: text without a header stays text", "[ctl]") {
  auto letter = complete_letter("just words\n", "h");
  CHECK_THAT(letter, EndsWith("\r\n\r\njust words\r\n"));
  CHECK_THAT(complete_letter("\nbody\n", "h"), EndsWith(">\r\n\r\nbody\r\n"));
}

TEST_CASE("ctl letter: recipients of the header, Bcc taken out", "[ctl]") {
  auto [recipients, letter] = take_recipients(
      "To: A <a@x.org>,\n b@x.org (comment)\nBcc: hidden@x.org\nCc: team: c@x.org, d@x.org;\n"
      "Subject: to e@x.org\n\nTo: f@x.org\n");
  CHECK(recipients ==
        std::vector<std::string>{"a@x.org", "b@x.org", "hidden@x.org", "c@x.org", "d@x.org"});
  CHECK(letter ==
        "To: A <a@x.org>,\n b@x.org (comment)\nCc: team: c@x.org, d@x.org;\n"
        "Subject: to e@x.org\n\nTo: f@x.org\n");
  CHECK(take_recipients("no header").recipients.empty());
  CHECK(take_recipients("no header").letter == "no header");
}
