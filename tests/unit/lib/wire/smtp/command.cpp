// Tests command lines, MAIL, RCPT and the other arguments.
#include "wire/smtp/command.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace tegu::wire::smtp;

TEST_CASE("smtp command: a line is cut into verb and arguments", "[smtp]") {
  struct Row {
    std::string in;
    Verb verb;
    std::string arguments;
  };
  const std::vector<Row> rows = {
      {"EHLO a.org", Verb::ehlo, "a.org"},
      {"ehlo a.org  \t", Verb::ehlo, "a.org"},
      {"HELO  a.org", Verb::helo, "a.org"},
      {"LHLO x", Verb::lhlo, "x"},
      {"mail FROM:<>", Verb::mail, "FROM:<>"},
      {"RCPT TO:<a@b>", Verb::rcpt, "TO:<a@b>"},
      {"DATA", Verb::data, ""},
      {"DATA ", Verb::data, ""},
      {"BDAT 1 LAST", Verb::bdat, "1 LAST"},
      {"rSeT", Verb::rset, ""},
      {"NOOP x y", Verb::noop, "x y"},
      {"QUIT", Verb::quit, ""},
      {"VRFY a", Verb::vrfy, "a"},
      {"EXPN a", Verb::expn, "a"},
      {"HELP", Verb::help, ""},
      {"STARTTLS", Verb::starttls, ""},
      {"AUTH PLAIN", Verb::auth, "PLAIN"},
      {"", Verb::unknown, ""},
      {" DATA", Verb::unknown, "DATA"},
      {"DATAX", Verb::unknown, ""},
      {"GET / HTTP/1.1", Verb::unknown, "/ HTTP/1.1"},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    Command got = split_command(row.in);
    CHECK(got.verb == row.verb);
    CHECK(got.arguments == row.arguments);
  }
  CHECK(verb_name(Verb::starttls) == "STARTTLS");
  CHECK(verb_name(Verb::unknown).empty());
}

TEST_CASE("smtp command: a table row is found by its verb", "[smtp]") {
  const CommandRow<int> table[] = {{Verb::mail, 1, 2, 10}, {Verb::rcpt, 3, 4, 20}};
  std::span<const CommandRow<int>> rows(table);
  CHECK(find_row(rows, Verb::rcpt)->handler == 20);
  CHECK(find_row(rows, Verb::data) == nullptr);
}

TEST_CASE("smtp command: MAIL with all its parameters", "[smtp]") {
  auto got = parse_mail(
      "FROM:<a@b.org> SIZE=1000 body=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B314159 "
      "AUTH=e+3Dmc2@example.com");
  REQUIRE(got.has_value());
  CHECK(got->reverse_path == Address{"a", "b.org"});
  CHECK(got->size == 1000u);
  CHECK(got->body == BodyType::eight_bit_mime);
  CHECK(got->smtputf8);
  CHECK(got->ret == Ret::headers);
  CHECK(got->envid == "QQ+314159");
  CHECK(got->auth == "e=mc2@example.com");
}

TEST_CASE("smtp command: MAIL without parameters, and the null path", "[smtp]") {
  for (std::string in : {"FROM:<>", "from:<>", "FROM: <>", "FROM:<> "}) {
    INFO(in);
    auto got = parse_mail(in);
    REQUIRE(got.has_value());
    CHECK(got->reverse_path.is_null());
    CHECK_FALSE(got->size);
    CHECK(got->body == BodyType::seven_bit);
    CHECK(got->ret == Ret::unset);
  }
  CHECK(parse_mail("FROM:<> AUTH=<>")->auth == "<>");
  CHECK(parse_mail("FROM:<> BODY=binarymime")->body == BodyType::binary_mime);
  CHECK(parse_mail("FROM:<> SIZE=18446744073709551615")->size == UINT64_MAX);
  CHECK(parse_mail("FROM:<\xd0\xb8@b.org> SMTPUTF8")->reverse_path.local == "\xd0\xb8");
}

TEST_CASE("smtp command: bad MAIL is refused with the right code", "[smtp]") {
  struct Row {
    std::string in;
    int code;
    std::string enhanced;
  };
  std::string many = "FROM:<>";
  for (int i = 0; i < 21; ++i) many += " X" + std::to_string(i) + "=1";
  const std::vector<Row> rows = {
      {"", 501, "5.5.4"},
      {"<a@b.org>", 501, "5.5.4"},
      {"TO:<a@b.org>", 501, "5.5.4"},
      {"FROM <a@b.org>", 501, "5.5.4"},
      {"FROM:a@b.org", 553, "5.1.7"},
      {"FROM:<a>", 553, "5.1.7"},
      {"FROM:<a@b.org", 553, "5.1.7"},
      {"FROM:<a@b.org>SIZE=1", 501, "5.5.4"},
      {"FROM:<a@b.org> SIZE", 501, "5.5.4"},
      {"FROM:<a@b.org> SIZE=", 501, "5.5.4"},
      {"FROM:<a@b.org> SIZE=-1", 501, "5.5.4"},
      {"FROM:<a@b.org> SIZE=1x", 501, "5.5.4"},
      {"FROM:<a@b.org> SIZE=18446744073709551616", 501, "5.5.4"},
      {"FROM:<a@b.org> SIZE=1 SIZE=2", 501, "5.5.4"},
      {"FROM:<a@b.org> size=1 SIZE=1", 501, "5.5.4"},
      {"FROM:<a@b.org> BODY=9BIT", 501, "5.5.4"},
      {"FROM:<a@b.org> SMTPUTF8=1", 501, "5.5.4"},
      {"FROM:<a@b.org> RET=ALL", 501, "5.5.4"},
      {"FROM:<a@b.org> ENVID=a+", 501, "5.5.4"},
      {"FROM:<a@b.org> ENVID=" + std::string(101, 'e'), 501, "5.5.4"},
      {"FROM:<a@b.org> AUTH=", 501, "5.5.4"},
      {"FROM:<a@b.org> -X=1", 501, "5.5.4"},
      {"FROM:<a@b.org> X_Y=1", 501, "5.5.4"},
      {"FROM:<a@b.org> =1", 501, "5.5.4"},
      {"FROM:<a@b.org> X=a\tb", 501, "5.5.4"},
      {many, 501, "5.5.4"},
      {"FROM:<a@b.org> NOTIFY=NEVER", 555, "5.5.4"},
      {"FROM:<a@b.org> X-FOO", 555, "5.5.4"},
      {"FROM:<\xd0\xb8@b.org>", 553, "5.6.7"},
      {"FROM:<\xd0\xb8@b.org> BODY=8BITMIME", 553, "5.6.7"},
      {"FROM:<\xff@b.org> SMTPUTF8", 553, "5.1.7"},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    auto got = parse_mail(row.in);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == row.code);
    CHECK(got.error().enhanced == row.enhanced);
    CHECK_FALSE(got.error().text.empty());
  }
}

TEST_CASE("smtp command: RCPT with DSN parameters", "[smtp]") {
  auto got = parse_rcpt("TO:<a@b.org> NOTIFY=SUCCESS,delay ORCPT=rfc822;Bob+2B@c.org", false);
  REQUIRE(got.has_value());
  CHECK(got->address == Address{"a", "b.org"});
  CHECK(got->notify == Notify{.success = true, .delay = true});
  CHECK(got->original == OriginalRecipient{"rfc822", "Bob+@c.org"});

  got = parse_rcpt("TO:<a@b.org> NOTIFY=NEVER ORCPT=UTF-8;\\x{438}@b.org", false);
  REQUIRE(got.has_value());
  CHECK(got->notify.never);
  CHECK(got->original == OriginalRecipient{"utf-8", "\xd0\xb8@b.org"});
  CHECK(parse_rcpt("TO:<postmaster>", false)->address == Address{"postmaster", ""});
  CHECK(parse_rcpt("TO:<\xd0\xb8@b.org>", true)->address.local == "\xd0\xb8");
}

TEST_CASE("smtp command: bad RCPT is refused with the right code", "[smtp]") {
  struct Row {
    std::string in;
    int code;
    std::string enhanced;
  };
  const std::vector<Row> rows = {
      {"TO:<>", 553, "5.1.3"},
      {"FROM:<a@b.org>", 501, "5.5.4"},
      {"TO:<a@b.org> NOTIFY=", 501, "5.5.4"},
      {"TO:<a@b.org> NOTIFY=NEVER,DELAY", 501, "5.5.4"},
      {"TO:<a@b.org> NOTIFY=DELAY,", 501, "5.5.4"},
      {"TO:<a@b.org> ORCPT=a@b.org", 501, "5.5.4"},
      {"TO:<a@b.org> ORCPT=;a@b.org", 501, "5.5.4"},
      {"TO:<a@b.org> ORCPT=rfc822;", 501, "5.5.4"},
      {"TO:<a@b.org> ORCPT=rfc822;a+4", 501, "5.5.4"},
      {"TO:<a@b.org> ORCPT=rfc822;" + std::string(500, 'a'), 501, "5.5.4"},
      {"TO:<a@b.org> SIZE=1", 555, "5.5.4"},
      {"TO:<\xd0\xb8@b.org>", 553, "5.6.7"},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    auto got = parse_rcpt(row.in, false);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == row.code);
    CHECK(got.error().enhanced == row.enhanced);
  }
}

TEST_CASE("smtp command: BDAT, AUTH, greetings and commands without arguments", "[smtp]") {
  CHECK(parse_bdat("0 LAST")->last);
  CHECK(parse_bdat("86401 last")->size == 86401);
  CHECK_FALSE(parse_bdat("1")->last);
  for (std::string in :
       {"", "LAST", "-1", "1 FIRST", "1  LAST", "1 LAST x", "0x10", "18446744073709551616"}) {
    INFO(in);
    CHECK_FALSE(parse_bdat(in).has_value());
  }

  auto auth = parse_auth("plain AGEAYg==");
  REQUIRE(auth.has_value());
  CHECK(auth->mechanism == "PLAIN");
  CHECK(auth->initial == std::string("\0a\0b", 4));
  CHECK(parse_auth("LOGIN =")->initial == "");
  CHECK_FALSE(parse_auth("LOGIN")->initial.has_value());
  for (std::string in :
       {"", "PLAIN AGEAYg", "PLAIN !", "PLAIN a b", "PL/AIN", "PLAIN ", "ABCDEFGHIJKLMNOPQRSTU"}) {
    INFO(in);
    CHECK_FALSE(parse_auth(in).has_value());
  }

  CHECK(*parse_greeting("A.org") == "a.org");
  CHECK_FALSE(parse_greeting("").has_value());
  CHECK_FALSE(parse_greeting("a b").has_value());
  CHECK(parse_nothing("").has_value());
  CHECK(parse_nothing("x").error().code == 501);
}
