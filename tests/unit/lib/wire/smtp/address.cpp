// Tests the mailbox and path grammar and the envelope.
#include "wire/smtp/address.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "wire/smtp/envelope.h"

using namespace tegu::wire::smtp;

TEST_CASE("smtp address: mailboxes are read, and written back to the same value", "[smtp]") {
  struct Row {
    std::string in;
    Address want;
    std::string wire;
  };
  const std::vector<Row> rows = {
      {"a@b.org", {"a", "b.org"}, "a@b.org"},
      {"Jane.Doe@Example.ORG", {"Jane.Doe", "example.org"}, "Jane.Doe@example.org"},
      {"a!#$%&'*+-/=?^_`{|}~@b.org", {"a!#$%&'*+-/=?^_`{|}~", "b.org"}, {}},
      {"\"a\"@b.org", {"a", "b.org"}, "a@b.org"},
      {"\"a b\"@b.org", {"a b", "b.org"}, "\"a b\"@b.org"},
      {"\"a\\\"\\\\@>\"@b.org", {"a\"\\@>", "b.org"}, "\"a\\\"\\\\@>\"@b.org"},
      {"\"a..b\"@b.org", {"a..b", "b.org"}, "\"a..b\"@b.org"},
      {"a@[192.0.2.1]", {"a", "[192.0.2.1]"}, "a@[192.0.2.1]"},
      {"a@[ipv6:2001:DB8::1]", {"a", "[IPv6:2001:db8::1]"}, "a@[IPv6:2001:db8::1]"},
      {"PostMaster", {"postmaster", ""}, "postmaster"},
      {"a@my_host.b.org", {"a", "my_host.b.org"}, {}},
      {"a@xn--e1afmkfd.xn--p1ai", {"a", "xn--e1afmkfd.xn--p1ai"}, {}},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    auto got = parse_mailbox(row.in, false);
    REQUIRE(got.has_value());
    CHECK(*got == row.want);
    CHECK(format(*got) == (row.wire.empty() ? row.in : row.wire));
    CHECK(parse_mailbox(format(*got), false) == got);
  }
}

TEST_CASE("smtp address: SMTPUTF8 gives UTF-8 local parts and A-labels", "[smtp]") {
  auto got = parse_mailbox("иван@Пример.рф", true);
  REQUIRE(got.has_value());
  CHECK(*got == Address{"иван", "xn--e1afmkfd.xn--p1ai"});
  CHECK(got->needs_utf8());
  CHECK_FALSE(parse_mailbox("ivan@пример.рф", true)->needs_utf8());
  CHECK(parse_mailbox("\"ива н\"@b.org", true)->local == "ива н");
  CHECK(parse_mailbox("иван@b.org", false).error() == AddressError::needs_smtputf8);
  CHECK(parse_mailbox("a\xff@b.org", true).error() == AddressError::syntax);
  CHECK(parse_mailbox("\"\\\xd0\xb8\"@b.org", true).error() == AddressError::syntax);
}

TEST_CASE("smtp address: what is no mailbox is refused with its reason", "[smtp]") {
  struct Row {
    std::string in;
    AddressError want;
  };
  const std::string domain61 = std::string(61, 'd');
  const std::vector<Row> rows = {
      {"", AddressError::syntax},
      {"a", AddressError::syntax},
      {"@b.org", AddressError::syntax},
      {"a@", AddressError::syntax},
      {"\"\"@b.org", AddressError::syntax},
      {".a@b.org", AddressError::syntax},
      {"a.@b.org", AddressError::syntax},
      {"a..b@b.org", AddressError::syntax},
      {"a b@b.org", AddressError::syntax},
      {"a@b@c.org", AddressError::syntax},
      {"\"a@b.org", AddressError::syntax},
      {"\"a\"b@b.org", AddressError::syntax},
      {"\"a\\", AddressError::syntax},
      {"\"a\x01\"@b.org", AddressError::syntax},
      {"\"a\x7f\"@b.org", AddressError::syntax},
      {std::string("\"a\0\"@b.org", 10), AddressError::syntax},
      {std::string("a\0@b.org", 8), AddressError::syntax},
      {"a@-b.org", AddressError::syntax},
      {"a@b-.org", AddressError::syntax},
      {"a@b..org", AddressError::syntax},
      {"a@b org", AddressError::syntax},
      {"a@[192.0.2.256]", AddressError::syntax},
      {"a@[192.0.2.1", AddressError::syntax},
      {"a@[]", AddressError::syntax},
      {"a@[IPv6:::g]", AddressError::syntax},
      {"a@[x:y]", AddressError::syntax},
      {std::string(65, 'a') + "@b.org", AddressError::local_too_long},
      {"a@" + domain61 + "." + std::string(64, 'd') + ".org", AddressError::syntax},
      {"a@" + std::string(256, 'd'), AddressError::domain_too_long},
      {std::string(64, 'a') + "@" + domain61 + "." + domain61 + "." + domain61 + ".info",
       AddressError::too_long},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    auto got = parse_mailbox(row.in, true);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == row.want);
    CHECK_FALSE(describe(got.error()).empty());
  }
  CHECK(parse_mailbox(std::string(64, 'a') + "@b.org", false).has_value());
}

TEST_CASE("smtp address: a path ends at its bracket, its source route is dropped", "[smtp]") {
  struct Row {
    std::string in;
    std::optional<Address> want;
    std::string rest;
  };
  const std::vector<Row> rows = {
      {"<a@b.org>", Address{"a", "b.org"}, ""},
      {"<a@b.org> SIZE=1", Address{"a", "b.org"}, " SIZE=1"},
      {"<>", Address{}, ""},
      {"<@x.org,@y.org:a@b.org>", Address{"a", "b.org"}, ""},
      {"<\"a>b\"@b.org>x", Address{"a>b", "b.org"}, "x"},
      {"<Postmaster>", Address{"postmaster", ""}, ""},
      {"a@b.org", std::nullopt, ""},
      {"<a@b.org", std::nullopt, ""},
      {"<@x.org a@b.org>", std::nullopt, ""},
      {"<@x.org,y.org:a@b.org>", std::nullopt, ""},
      {"<@:a@b.org>", std::nullopt, ""},
      {"<<a@b.org>>", std::nullopt, ""},
      {"< a@b.org>", std::nullopt, ""},
      {"", std::nullopt, ""},
      {"<\"a\\", std::nullopt, ""},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    auto got = parse_path(row.in, false, true);
    REQUIRE(got.has_value() == row.want.has_value());
    if (!got) continue;
    CHECK(got->address == *row.want);
    CHECK(got->rest == row.rest);
  }
  CHECK_FALSE(parse_path("<>", false, false).has_value());
}

TEST_CASE("smtp address: HELO names and literals", "[smtp]") {
  CHECK(parse_domain("Mail.Example.org", false) == "mail.example.org");
  CHECK(parse_domain("mail.example.org.", false) == "mail.example.org");
  CHECK(parse_domain("WIN_1", false) == "win_1");
  CHECK(parse_domain("[IPv6:::1]", false) == "[IPv6:::1]");
  CHECK(parse_domain("пример.рф", true) == "xn--e1afmkfd.xn--p1ai");
  CHECK_FALSE(parse_domain("пример.рф", false));
  CHECK_FALSE(parse_domain("", false));
  CHECK_FALSE(parse_domain("a b", false));
  CHECK_FALSE(parse_domain(std::string(260, 'a'), false));
}

TEST_CASE("smtp address: subaddress splits at the first separator", "[smtp]") {
  struct Row {
    std::string local, separators, user, detail;
  };
  const std::vector<Row> rows = {
      {"user+folder", "+", "user", "folder"},
      {"user+a+b", "+", "user", "a+b"},
      {"user-a+b", "+-", "user", "a+b"},
      {"user", "+", "user", ""},
      {"user+", "+", "user", ""},
      {"+user", "+", "+user", ""},
      {"user+x", "", "user+x", ""},
      {"", "+", "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.local);
    auto got = split_subaddress(row.local, row.separators);
    CHECK(got.user == row.user);
    CHECK(got.detail == row.detail);
  }
}

TEST_CASE("smtp envelope: NOTIFY not given means failure and delay", "[smtp]") {
  CHECK(Notify{}.wants_failure());
  CHECK(Notify{}.wants_delay());
  CHECK_FALSE(Notify{}.wants_success());
  CHECK_FALSE(Notify{.never = true}.wants_failure());
  CHECK_FALSE(Notify{.success = true}.wants_failure());
  CHECK(Notify{.success = true}.wants_success());
  CHECK_FALSE(Notify{.failure = true}.wants_delay());
}
