#include "wire/mime/wire_list.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::mime;

static std::string written(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST_CASE("mime wire list: strings any client reads", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"", "\"\""},
      {"plain", "\"plain\""},
      {"q\"b\\s", "\"q\\\"b\\\\s\""},
      {"tab\tand\x01", "\"tab\tand\x01\""},
      {"\xc3\xa4", "{2}\r\n\xc3\xa4"},
      {"a\rb", "{3}\r\na\rb"},
      {"a\nb\"", "{4}\r\na\nb\""},
      {std::string("a\0b", 3), "\"ab\""},
      {std::string("\xff\0b", 3),
       "{2}\r\n\xff"
       "b"},
  };
  for (auto& [in, want] : cases) CHECK(written(in) == want);
  std::string out;
  append_nstring(out, std::nullopt);
  CHECK(out == "NIL");
}

TEST_CASE("mime wire list: only whole lists pass", "[mime]") {
  for (std::string good : {"()", "(NIL)", "(NIL \"a\\\"b\" {2}\r\n)( ((NIL \"\")(\"x\" NIL)))"}) {
    CAPTURE(good);
    CHECK(is_wire_list(good));
    for (size_t size = 0; size < good.size(); size++) CHECK(!is_wire_list(good.substr(0, size)));
    CHECK(!is_wire_list(good + ")"));
    CHECK(!is_wire_list(good + " NIL"));
  }
  for (std::string bad : {"NIL", "\"a\"", "(a)", "(\"a\r\n\")", "(\"\xff\")", "(\"\\a\")",
                          "({3}\r\nab)", "({-1}\r\n)", "({99999999999999999999}\r\n)", "({1}a)",
                          "(NILNIL)", "(  )", "((((((((()))))))))"}) {
    CAPTURE(bad);
    CHECK(!is_wire_list(bad));
  }
  CHECK(!is_wire_list(std::string("(\"\0\")", 5)));
  CHECK(!is_wire_list(std::string("({1}\r\n\0)", 8)));
}
