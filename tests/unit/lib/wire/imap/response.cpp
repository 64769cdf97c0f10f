#include "wire/imap/response.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::imap;

namespace {
std::string string_of(std::string_view bytes, bool utf8) {
  std::string out;
  write_string(out, bytes, utf8);
  return out;
}
std::string astring_of(std::string_view bytes) {
  std::string out;
  write_astring(out, bytes, false);
  return out;
}
}  // namespace

TEST_CASE("imap response: strings in the form that fits", "[imap]") {
  CHECK(string_of("", false) == "\"\"");
  CHECK(string_of("a \"b\" \\c", false) == "\"a \\\"b\\\" \\\\c\"");
  CHECK(string_of("a\r\nb", false) == "{4}\r\na\r\nb");
  CHECK(string_of("\u00e4", false) == "{2}\r\n\u00e4");
  CHECK(string_of("\u00e4", true) == "\"\u00e4\"");
  CHECK(string_of("\xff", true) == "{1}\r\n\xff");
  CHECK(string_of(std::string_view("a\0b", 3), false) == "{3}\r\na?b");
  CHECK(string_of(std::string(1001, 'a'), false) == "{1001}\r\n" + std::string(1001, 'a'));
  CHECK(astring_of("abc") == "abc");
  CHECK(astring_of("nil") == "\"nil\"");
  CHECK(astring_of("a b") == "\"a b\"");
  CHECK(astring_of("") == "\"\"");
  std::string out;
  write_mailbox(out, "Entw\u00fcrfe", false);
  out += ' ';
  write_mailbox(out, "Entw\u00fcrfe", true);
  out += ' ';
  write_nstring(out, std::nullopt, false);
  CHECK(out == "Entw&APw-rfe \"Entw\u00fcrfe\" NIL");
}

TEST_CASE("imap response: status lines cannot be broken by their text", "[imap]") {
  std::string out;
  write_status(out, "a1", Condition::no, Code::try_create, "no\r\n* OK such");
  write_status(out, "*", Condition::bye, Code::none, "");
  write_status(out, "a2", Condition::ok, "UIDVALIDITY 7", "set");
  CHECK(out == "a1 NO [TRYCREATE] no  * OK such\r\n* BYE Done\r\na2 OK [UIDVALIDITY 7] set\r\n");
}

TEST_CASE("imap response: ESEARCH", "[imap]") {
  std::string out;
  EsearchResult result;
  write_esearch(out, "a\"1", false, result);
  result.min = 2;
  result.max = 9;
  result.count = 4;
  result.all = NumberSet({{2, 4}, {9, 9}});
  result.mod_seq = 77;
  write_esearch(out, "b", true, result);
  CHECK(out ==
        "* ESEARCH (TAG \"a\\\"1\")\r\n"
        "* ESEARCH (TAG \"b\") UID MIN 2 MAX 9 COUNT 4 ALL 2:4,9 MODSEQ 77\r\n");
}

TEST_CASE("imap response: FETCH", "[imap]") {
  std::string out;
  FetchResponse fetch(out, 3);
  fetch.number("UID", 7);
  fetch.flags("(\\Seen $Junk)");
  fetch.mod_seq(12);
  fetch.internal_date("INTERNALDATE", tegu::base::WallTime{});
  fetch.literal_header("BODY[]", 2);
  out += "hi";
  fetch.literal_header("BINARY[1]", 0, true);
  fetch.end();
  CHECK(out ==
        "* 3 FETCH (UID 7 FLAGS (\\Seen $Junk) MODSEQ (12) INTERNALDATE "
        "\" 1-Jan-1970 00:00:00 +0000\" BODY[] {2}\r\nhi BINARY[1] ~{0}\r\n)\r\n");
}
