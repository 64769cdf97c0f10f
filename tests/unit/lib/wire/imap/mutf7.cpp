#include "wire/imap/mutf7.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::imap;

TEST_CASE("imap mutf7: both ways", "[imap]") {
  struct {
    std::string utf8, wire;
  } cases[] = {
      {"", ""},
      {"INBOX", "INBOX"},
      {"A & B", "A &- B"},
      {"&&", "&-&-"},
      {"Entw\u00fcrfe", "Entw&APw-rfe"},
      {"~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
      {"\u0412\u0445\u043e\u0434\u044f\u0449\u0438\u0435", "&BBIERQQ+BDQETwRJBDgENQ-"},
      {"\U0001f600!", "&2D3eAA-!"},
      {"\u20ac&\u20ac", "&IKw-&-&IKw-"},
      {"a\tb", "a&AAk-b"},
  };
  for (const auto& c : cases) {
    INFO(c.utf8);
    CHECK(mutf7_encode(c.utf8) == c.wire);
    CHECK(mutf7_decode(c.wire) == c.utf8);
  }
}

TEST_CASE("imap mutf7: one spelling a name", "[imap]") {
  for (std::string wire : {"&", "a&", "&APw", "&AP-", "&APx-", "&AGE-", "&2D0-", "&3gA-", "&AP!-",
                           "Entw\xc3\xbcrfe", "a\x01", "&APw-&APw-", "&A-", "&APwA-", "&====-"}) {
    INFO(wire);
    CHECK_FALSE(mutf7_decode(wire));
  }
}
