#include "wire/imap/mailbox_name.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::imap;

TEST_CASE("imap mailbox name: from the wire", "[imap]") {
  CHECK(read_mailbox_name("iNbOx", false) == "INBOX");
  CHECK(read_mailbox_name("inbox/a", false) == "INBOX/a");
  CHECK(read_mailbox_name("inboxes", false) == "inboxes");
  CHECK(read_mailbox_name("Entw&APw-rfe", false) == "Entw\u00fcrfe");
  CHECK(read_mailbox_name("Entw&APw-rfe", true) == "Entw&APw-rfe");
  CHECK(read_mailbox_name("Entw\u00fcrfe", true) == "Entw\u00fcrfe");
  CHECK(read_mailbox_name("Entw\u00fcrfe", false) == "Entw\u00fcrfe");
  CHECK_FALSE(read_mailbox_name("a & b", false));
  CHECK_FALSE(read_mailbox_name("\xff", true));
}

TEST_CASE("imap mailbox name: what may be created", "[imap]") {
  for (std::string name : {"a", "a/b/c", "A & B", "Entw\u00fcrfe", "a.b", " "}) {
    INFO(name);
    CHECK_FALSE(name_fault(name));
  }
  std::string deep = "a";
  for (int i = 0; i < 32; ++i) deep += "/a";
  for (std::string name :
       {std::string(), std::string("/a"), std::string("a//b"), std::string("a/"), std::string("a*"),
        std::string("a%b"), std::string("#news"), std::string("a\nb"), std::string("a\x7f"),
        std::string("a\u0085"), std::string("a\u2028"), std::string(256, 'a'), std::string("\xff"),
        deep}) {
    INFO(name);
    CHECK(name_fault(name));
  }
  CHECK(parents("a/b/c") == std::vector<std::string_view>{"a", "a/b"});
  CHECK(parents("a").empty());
}

TEST_CASE("imap list pattern: wildcards", "[imap]") {
  struct {
    std::string reference, pattern, name;
    bool want;
  } cases[] = {
      {"", "*", "a/b", true},
      {"", "%", "a", true},
      {"", "%", "a/b", false},
      {"", "%/%", "a/b", true},
      {"", "a*", "a", true},
      {"", "a*", "abc/d", true},
      {"", "a%", "abc/d", false},
      {"", "*c", "a/bc", true},
      {"", "%c", "a/bc", false},
      {"", "a", "a", true},
      {"", "a", "A", false},
      {"", "inbox", "INBOX", true},
      {"", "InB%", "INBOX", true},
      {"", "inbox/a", "INBOX/a", true},
      {"", "inbox/A", "INBOX/a", false},
      {"", "*m", "INBOX/M", false},
      {"", "*M", "INBOX/M", true},
      {"", "*x", "INBOX", true},
      {"a/", "%", "a/b", true},
      {"a/", "%", "b", false},
      {"", "", "a", false},
      {"", "*a*b*", "xxaxxbxx", true},
      {"", "*a*b*", "xxbxxaxx", false},
      {"", "%%*%", "a/b/c", true},
      {"", "a/%", "a/", true},
      {"", "in*x", "Inx", false},
  };
  for (const auto& c : cases) {
    INFO(c.reference + " " + c.pattern + " " + c.name);
    CHECK(ListPattern(c.reference, c.pattern).matches(c.name) == c.want);
  }
}

TEST_CASE("imap list pattern: many wildcards cost no time", "[imap]") {
  std::string pattern;
  for (int i = 0; i < 400; ++i) pattern += "%a";
  CHECK_FALSE(ListPattern("", pattern + "b").matches(std::string(1000, 'a')));
  // No name is as long as this pattern.
  CHECK_FALSE(ListPattern("", std::string(1001, 'a')).matches_below("a"));
}

TEST_CASE("imap list pattern: below", "[imap]") {
  CHECK(ListPattern("", "*").matches_below("a"));
  CHECK(ListPattern("", "a/%").matches_below("a"));
  CHECK_FALSE(ListPattern("", "%").matches_below("a"));
  CHECK_FALSE(ListPattern("", "b/%").matches_below("a"));
}
