#include "net/dns/record.h"

#include <catch2/catch.hpp>

using namespace tegu;
using namespace tegu::net::dns;
using namespace std::string_literals;

TEST_CASE("dns record: names", "[dns]") {
  const std::string label63(63, 'a');
  const std::string longest = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'b');
  for (const std::string& name : {"a"s, "example.org"s, "_25._tcp.mail.example.org"s,
                                  "xn--mnchen-3ya.de"s, label63, longest}) {
    CHECK(is_askable(name));
    CHECK(parse_name(wire_name(name)) == name);
    CHECK(wire_name(name + ".") == wire_name(name));
  }
  CHECK(longest.size() == 253);
  CHECK(parse_name("\0"s) == "");
  for (const std::string& name : {""s, "."s, "a..b"s, ".a"s, "a.."s, "a b"s, "a\\b"s, "a\0b"s,
                                  "m\xc3\xbcnchen.de"s, label63 + "a", longest + "b"}) {
    CHECK_FALSE(is_askable(name));
  }
}

TEST_CASE("dns record: broken names", "[dns]") {
  std::string too_long;
  for (int i = 0; i < 64; i++) too_long += "\3abc";
  for (const std::string& wire : {""s, "\1"s, "\3ab"s, "\1a"s, "\1a\0x"s, "\xc0\x0c"s, "\1a\xc0\0"s,
                                  "\x40"s + std::string(64, 'a') + "\0"s, "\1.\0"s, "\1\\\0"s,
                                  "\1 \0"s, "\1\0\0"s, too_long + "\0"s}) {
    CHECK_FALSE(parse_name(wire));
  }
}

TEST_CASE("dns record: addresses", "[dns]") {
  CHECK(parse_address(Type::a, "\xc0\0\2\1"s)->text() == "192.0.2.1:0");
  CHECK(parse_address(Type::aaaa, "\x20\1\x0d\xb8"s + std::string(11, '\0') + "\1")->address() ==
        "2001:db8::1");
  CHECK_FALSE(parse_address(Type::a, "\1\2\3"s));
  CHECK_FALSE(parse_address(Type::a, "\1\2\3\4\5"s));
  CHECK_FALSE(parse_address(Type::aaaa, "\1\2\3\4"s));
  CHECK_FALSE(parse_address(Type::a, ""));
}

TEST_CASE("dns record: MX, TXT and TLSA survive the wire", "[dns]") {
  for (const Mx& mx : {Mx{0, ""}, Mx{10, "mx.example.org"}, Mx{65535, "a"}}) {
    CHECK(parse_mx(wire_mx(mx)) == mx);
  }
  for (const std::string& text : {""s, "v=spf1 -all"s, std::string(255, 'x'), std::string(256, 'y'),
                                  std::string(4000, 'z'), "\0\xff"s}) {
    CHECK(parse_txt(wire_txt(text)) == text);
  }
  const Tlsa tlsa{3, 1, 1, std::string(32, '\x80')};
  CHECK(parse_tlsa(wire_tlsa(tlsa)) == tlsa);
}

// No prefix of a record may be read past its end, or taken for the whole.
TEST_CASE("dns record: cut at every byte", "[dns]") {
  const std::string mx = wire_mx({10, "mx.example.org"});
  const std::string name = wire_name("mx.example.org");
  for (size_t at = 0; at < mx.size(); at++) CHECK_FALSE(parse_mx(std::string(mx, 0, at)));
  for (size_t at = 0; at < name.size(); at++) CHECK_FALSE(parse_name(std::string(name, 0, at)));
  const std::string txt = wire_txt(std::string(300, 'x'));
  for (size_t at = 0; at < txt.size(); at++) {
    CHECK(parse_txt(std::string(txt, 0, at)).has_value() == (at == 256));
  }
  const std::string tlsa = wire_tlsa({3, 1, 1, "x"});
  for (size_t at = 0; at < tlsa.size(); at++) CHECK_FALSE(parse_tlsa(std::string(tlsa, 0, at)));
  CHECK_FALSE(parse_mx(mx + "x"));
}

TEST_CASE("dns record: reverse names", "[dns]") {
  CHECK(reverse_name(*io::Endpoint::from_address("192.0.2.1", 0)) == "1.2.0.192.in-addr.arpa");
  CHECK(reverse_name(*io::Endpoint::from_address("2001:db8::567:89ab", 0)) ==
        "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}
