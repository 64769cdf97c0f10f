// Tests composing and reading replies, and the EHLO list.
#include "wire/smtp/reply.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "wire/smtp/capabilities.h"

using namespace tegu::wire::smtp;
using Status = ReplyReader::Status;

namespace {

// Feeds in two pieces; what came after the reply stays outside.
ReplyReader::Step feed_split(ReplyReader& reader, const std::string& in, size_t cut) {
  auto step = reader.feed(std::string_view(in).substr(0, cut));
  if (step.status != Status::need_more) return step;
  size_t before = step.consumed;
  step = reader.feed(std::string_view(in).substr(cut));
  step.consumed += before;
  return step;
}

}  // namespace

TEST_CASE("smtp reply: composed with its enhanced code in every line", "[smtp]") {
  CHECK(format({250, "2.0.0", "Queued"}) == "250 2.0.0 Queued\r\n");
  CHECK(format({250, "", "a.org\nPIPELINING\nSIZE 1"}) ==
        "250-a.org\r\n250-PIPELINING\r\n250 SIZE 1\r\n");
  CHECK(format({550, "5.7.1", "a\nb"}) == "550-5.7.1 a\r\n550 5.7.1 b\r\n");
  CHECK(format({354, "", ""}) == "354 \r\n");
  CHECK(format({550, "5.1.1", "x\r\n250 y"}) == "550-5.1.1 x?\r\n550 5.1.1 250 y\r\n");
  CHECK(format({550, "", std::string("x\0\x1b\x7fy", 5)}) == "550 x???y\r\n");
  std::string longest = format({550, "5.1.1", std::string(509 - 10, 'x') + "\xd0\xb8" + "zz"});
  CHECK(longest == "550 5.1.1 " + std::string(499, 'x') + "\r\n");
  CHECK(Reply{550, "5.1.1", "a\nb"}.line() == "550 5.1.1 a b");
}

TEST_CASE("smtp reply: read, split at every byte", "[smtp]") {
  struct Row {
    std::string in;
    Reply want;
  };
  const std::vector<Row> rows = {
      {"250 OK\r\n", {250, "", "OK"}},
      {"250\r\n", {250, "", ""}},
      {"250 \r\n", {250, "", ""}},
      {"250 2.1.0 Sender OK\r\n", {250, "2.1.0", "Sender OK"}},
      {"250 2.1.0\r\n", {250, "2.1.0", ""}},
      {"550-5.7.1 a\r\n550 5.7.1 b\r\n", {550, "5.7.1", "a\nb"}},
      {"550-5.7.1 a\r\n550-\r\n550 b\r\n", {550, "5.7.1", "a\n\nb"}},
      {"250 4.1.0 class differs\r\n", {250, "", "4.1.0 class differs"}},
      {"250 2.1 no code\r\n", {250, "", "2.1 no code"}},
      {"250 2.1.1234 no code\r\n", {250, "", "2.1.1234 no code"}},
      {"421 bye\n", {421, "", "bye"}},
      {"250-a\n250 b\n", {250, "", "a\nb"}},
  };
  for (const Row& row : rows) {
    for (size_t cut = 0; cut <= row.in.size(); ++cut) {
      INFO(row.in << " cut at " << cut);
      ReplyReader reader;
      auto step = feed_split(reader, row.in, cut);
      REQUIRE(step.status == Status::reply);
      CHECK(step.consumed == row.in.size());
      CHECK(reader.reply() == row.want);
    }
  }
}

TEST_CASE("smtp reply: one at a time, the rest stays unread", "[smtp]") {
  ReplyReader reader;
  std::string in = "250 a\r\n354 b\r\n25";
  auto step = reader.feed(in);
  REQUIRE(step.status == Status::reply);
  CHECK(step.consumed == 7);
  step = reader.feed(std::string_view(in).substr(7));
  REQUIRE(step.status == Status::reply);
  CHECK(reader.reply() == Reply{354, "", "b"});
  step = reader.feed("25");
  CHECK(step.status == Status::need_more);
  CHECK(reader.feed("0 c\r\n").status == Status::reply);
  CHECK(reader.reply().text == "c");
}

TEST_CASE("smtp reply: nonsense and endless replies end the reading", "[smtp]") {
  for (std::string in : {"\r\n", "25\r\n", "150 x\r\n", "650 x\r\n", "2x0 x\r\n", "250x\r\n",
                         "250-a\r\n251 b\r\n", "SSH-2.0\r\n", "250_a\r\n"}) {
    INFO(in);
    ReplyReader reader;
    CHECK(reader.feed(in).status == Status::bad_syntax);
  }
  ReplyReader wide;
  CHECK(wide.feed("250 " + std::string(3000, 'x')).status == Status::too_long);
  ReplyReader drip;
  Status status = Status::need_more;
  for (int i = 0; i < 3000 && status == Status::need_more; ++i) status = drip.feed("2").status;
  CHECK(status == Status::too_long);
  ReplyReader tall;
  status = Status::need_more;
  int lines = 0;
  for (; lines < 1000 && status == Status::need_more; ++lines)
    status = tall.feed("250-x\r\n").status;
  CHECK(status == Status::too_long);
  CHECK(lines == 129);
}

TEST_CASE("smtp capabilities: an EHLO reply", "[smtp]") {
  Reply reply{250, "",
              "mx.example.org greets you\nPIPELINING\nsize 1000\n8BITMIME\nSMTPUTF8\nCHUNKING\n"
              "BINARYMIME\nDSN\nENHANCEDSTATUSCODES\nSTARTTLS\nAUTH plain LOGIN\nAUTH=LOGIN XYZ\n"
              "LIMITS RCPTMAX=20 MAILMAX=5 RCPTDOMAINMAX=1 X=0\nXUNKNOWN 1 2\n"};
  Capabilities got = parse_capabilities(reply);
  CHECK(got.pipelining);
  CHECK(got.eight_bit_mime);
  CHECK(got.smtputf8);
  CHECK(got.chunking);
  CHECK(got.binary_mime);
  CHECK(got.dsn);
  CHECK(got.enhanced_status_codes);
  CHECK(got.starttls);
  CHECK(got.size);
  CHECK(got.size_limit == 1000u);
  CHECK(got.auth == std::vector<std::string>{"PLAIN", "LOGIN", "XYZ"});
  CHECK(got.has_auth("login"));
  CHECK(got.rcpt_max == 20u);
  CHECK(got.mail_max == 5u);
  CHECK(got.rcpt_domain_max == 1u);
}

TEST_CASE("smtp capabilities: the greeting line and junk count for nothing", "[smtp]") {
  Capabilities got =
      parse_capabilities({250, "", "STARTTLS\nSIZE\nSIZE x\nLIMITS RCPTMAX=x RCPTMAX"});
  CHECK_FALSE(got.starttls);
  CHECK(got.size);
  CHECK_FALSE(got.size_limit);
  CHECK_FALSE(got.rcpt_max);
  CHECK_FALSE(parse_capabilities({250, "", "x\nSIZE 0"}).size_limit);
}
