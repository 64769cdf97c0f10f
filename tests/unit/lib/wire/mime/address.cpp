#include "wire/mime/address.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::mime;

// name|route|mailbox|host, "~" for nothing.
static std::string show(const std::vector<Address>& list) {
  std::string out;
  for (auto& address : list) {
    if (!out.empty()) out += " ; ";
    out += address.name.value_or("~") + '|' + address.route.value_or("~") + '|' +
           address.mailbox.value_or("~") + '|' + address.host.value_or("~");
  }
  return out;
}

TEST_CASE("mime address: lists", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"", ""},
      {" \r\n ,, ; ", ""},
      {"john@example.com", "~|~|john|example.com"},
      {"John Doe <john@example.com>", "John Doe|~|john|example.com"},
      {"\"Joe Q. Public\" <john.q.public@example.com>",
       "Joe Q. Public|~|john.q.public|example.com"},
      {"Joe Q. Public <a@b>", "Joe Q. Public|~|a|b"},
      {"\"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
       "Giant; \"Big\" Box|~|sysservices|example.net"},
      {"Mary <m@x.test>, jdoe@example.org, Who? <one@y.test>",
       "Mary|~|m|x.test ; ~|~|jdoe|example.org ; Who?|~|one|y.test"},
      // RFC 5322 A.1.3
      {"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
       "~|~|A Group|~ ; Ed Jones|~|c|a.test ; ~|~|joe|where.test ; John|~|jdoe|one.test ; ~|~|~|~"},
      {"Undisclosed recipients:;", "~|~|Undisclosed recipients|~ ; ~|~|~|~"},
      {"g: a@b", "~|~|g|~ ; ~|~|a|b ; ~|~|~|~"},
      {"x@y, g:;, z@w", "~|~|x|y ; ~|~|g|~ ; ~|~|~|~ ; ~|~|z|w"},
      {"g: h: a@b;", "~|~|g|~ ; ~|~|a|b ; ~|~|~|~"},
      // A.5 comments and folding
      {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|~|pete|silly.test"},
      {"A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
       "  joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
       "~|~|A Group|~ ; Chris Jones|~|c|public.example ; ~|~|joe|example.org ; "
       "John|~|jdoe|one.test ; ~|~|~|~"},
      {"(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
       "~|~|Hidden recipients|~ ; ~|~|~|~"},
      // A.6.1 obsolete addressing
      {"Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
       "Mary Smith|@node.test|mary|example.net ; ~|~|jdoe|test.example"},
      {"<@a,@b.c: x@y>", "~|@a,@b.c|x|y"},
      {"john . smith (J. S.) @ host . test", "J. S.|~|john.smith|host.test"},
      {"a@b (Name (nested) here)", "Name (nested) here|~|a|b"},
      {"\"john doe\"@host", "~|~|john doe|host"},
      {"\"a\".b@host", "~|~|a.b|host"},
      {"joe smith joe@host", "joe smith|~|joe|host"},
      {"x@[192.0.2.1], y@[IPv6:2001:db8::1]", "~|~|x|[192.0.2.1] ; ~|~|y|[IPv6:2001:db8::1]"},
      {"root", "~|~|root|"},
      {"<root>", "~|~|root|"},
      {"<>", "~|~||"},
      {"Broken <a@b, c@d", "Broken|~|a|b ; ~|~|c|d"},
      {"=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_X?= <j@x>", "=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_X?=|~|j|x"},
      {"J\xc3\xb6rg <j\xc3\xb6rg@b\xc3\xbc.de>", "J\xc3\xb6rg|~|j\xc3\xb6rg|b\xc3\xbc.de"},
      {"a@b@c", "~|~|a|b"},
      {"@", "~|~||"},
      {"\"open", "~|~|open|"},
      {"(open a@b", ""},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(show(parse_addresses(in)) == want);
  }
}

TEST_CASE("mime address: comments nest 32 deep", "[mime]") {
  auto nested = [](int depth) { return std::string(depth, '(') + std::string(depth, ')') + "a@b"; };
  CHECK(parse_addresses(nested(32)).size() == 1);
  CHECK(show(parse_addresses(nested(33))).empty());
}

TEST_CASE("mime address: a list is cut at its limits", "[mime]") {
  std::string many;
  for (int i = 0; i < 100; i++) many += "a@b,";
  Limits limits;
  limits.addresses = 7;
  CHECK(parse_addresses(many, limits).size() == 7);
  limits = {};
  limits.field_bytes = 12;
  CHECK(parse_addresses(many, limits).size() == 3);
}

TEST_CASE("mime address: written as senders write it", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"a.b@c", "a.b@c"},     {"\"a b\"@c", "\"a b\"@c"},   {"\"a\\\"b\"@c", "\"a\\\"b\"@c"},
      {"<\"\"@c>", "\"\"@c"}, {"\"a..b\"@c", "\"a..b\"@c"}, {"root", "root"}};
  for (auto& [in, want] : cases) {
    auto list = parse_addresses(in);
    REQUIRE(list.size() == 1);
    CHECK(list[0].spec() == want);
  }
}

TEST_CASE("mime address: message ids", "[mime]") {
  struct Case {
    std::string in;
    std::vector<std::string> want;
  };
  const Case cases[] = {
      {"", {}},
      {"<a@b>", {"<a@b>"}},
      {"<a@b> <c@d>\r\n\t<e@f>", {"<a@b>", "<c@d>", "<e@f>"}},
      {"<a@b><c@d>", {"<a@b>", "<c@d>"}},
      {"Your message of \"Mon <x@y>\" (see <z>) <a@b>", {"<a@b>"}},
      {"<a (b)@\r\n c>", {"<a(b)@c>"}},
      {"<> <a@b", {}},
      {"<broken <a@b>", {"<a@b>"}},
      {"no angles", {}},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(message_ids(in) == want);
  }
}
