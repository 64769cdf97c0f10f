// Tests xtext and the addresses of RFC 6533.
#include "wire/smtp/xtext.h"

#include <catch2/catch.hpp>
#include <string>

using namespace tegu::wire::smtp;

TEST_CASE("smtp xtext: every octet makes the round trip", "[smtp]") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  std::string encoded = xtext_encode(all);
  for (char c : encoded) CHECK((c >= '!' && c <= '~' && c != '='));
  CHECK(xtext_decode(encoded) == all);
  CHECK(xtext_encode("a+b=c") == "a+2Bb+3Dc");
}

TEST_CASE("smtp xtext: junk is refused", "[smtp]") {
  for (std::string in : {"+", "+4", "+4g", "+2b", "a=b", "a b", "\x7f", "\xd0\xb8"}) {
    INFO(in);
    CHECK_FALSE(xtext_decode(in));
  }
}

TEST_CASE("smtp xtext: UTF-8 addresses of RFC 6533", "[smtp]") {
  CHECK(utf8_addr_encode("\xd0\xb8+\xf0\x9f\x98\x80\\@b.org") ==
        "\\x{438}\\x{2B}\\x{1F600}\\x{5C}@b.org");
  for (std::string in : {"\xd0\xb8+\xf0\x9f\x98\x80\\@b.org", "a@b.org", "\xe2\x82\xac"}) {
    CHECK(utf8_addr_decode(utf8_addr_encode(in)) == in);
  }
  CHECK(utf8_addr_decode("\xd0\xb8@b.org") == "\xd0\xb8@b.org");
  for (std::string in : {"\\", "\\x", "\\x{", "\\x{}", "\\x{zz}", "\\x{D800}", "\\x{110000}",
                         "\\x{0}", "\\x{A}", "\\y{41}", "\\x{0000041}", "a b", "a=b", "\xff"}) {
    INFO(in);
    CHECK_FALSE(utf8_addr_decode(in));
  }
}
