#include "wire/mime/header.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::mime;

TEST_CASE("mime header: fields with folding, up to the blank line", "[mime]") {
  auto fields = header_fields("A: 1\r\nB :\r\n 2\r\n\t3\r\nC:\n\r\nD: no\r\n");
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].name == "A");
  CHECK(fields[0].value == " 1");
  CHECK(fields[0].raw == "A: 1\r\n");
  CHECK(fields[1].name == "B");
  CHECK(fields[1].value == "\r\n 2\r\n\t3");
  CHECK(fields[1].raw == "B :\r\n 2\r\n\t3\r\n");
  CHECK(unfold(fields[1].value) == "2\t3");
  CHECK(fields[2].value.empty());
  CHECK(fields[2].raw == "C:\n");
}

TEST_CASE("mime header: what ends a header", "[mime]") {
  struct Case {
    std::string in;
    size_t fields;
  };
  const Case cases[] = {
      {"", 0},
      {"\r\nA: 1\r\n", 0},
      {" A: 1\r\n", 0},
      {"A: 1", 1},
      {"A: 1\r\n", 1},
      {"A: 1\nB: 2\n\nC: 3\n", 2},
      {"A: 1\r\nno field here\r\nB: 2\r\n", 1},
      {"A: 1\r\n: no name\r\n", 1},
      {"A: 1\r\n\xc3\xa4: 8-bit name\r\n", 1},
      {"A: 1\r\n \r\nB: 2\r\n", 2},
      {"A: 1\r\n\rB: 2\r\n", 1},
      {"From x Sat Jan  1 00:00:00 2000\r\nA: 1\r\n", 1},
      {">From x Sat\nA: 1\nB: 2\n", 2},
      {"A: 1\r\nFrom x Sat\r\nB: 2\r\n", 1},
      {std::string(998, 'n') + ": 1\r\n", 1},
      {std::string(999, 'n') + ": 1\r\n", 0},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(header_fields(in).size() == want);
  }
}

TEST_CASE("mime header: limits cut the block, not the message", "[mime]") {
  Limits limits;
  limits.header_lines = 3;
  CHECK(header_fields("A: 1\r\n 2\r\nB: 3\r\nC: 4\r\n", limits).size() == 2);
  limits.header_bytes = 6;
  CHECK(header_fields("A: 1\r\nB: 2\r\n", limits).size() == 1);
  limits = {};
  limits.field_bytes = 3;
  auto fields = header_fields("A: 1234567\r\n", limits);
  REQUIRE(fields.size() == 1);
  CHECK(fields[0].value == " 12");
  CHECK(fields[0].raw == "A: 1234567\r\n");
}

TEST_CASE("mime header: the first field of a name is found", "[mime]") {
  const char* header = "Subject: =?x?=\r\n folded \r\nsubject: second\r\nEmpty:\r\n\r\n";
  CHECK(find_field(header, "SUBJECT") == "=?x?= folded");
  CHECK(find_field(header, "empty") == "");
  CHECK(find_field(header, "absent") == std::nullopt);
}

TEST_CASE("mime header: choosing fields keeps raw bytes and the blank line", "[mime]") {
  const std::string header = "To: a\r\nSubject: x\r\n y\r\nTO: b\r\nDate: z\r\n\r\n";
  CHECK(select_fields(header, {"to", "DATE"}, Choose::listed) ==
        "To: a\r\nTO: b\r\nDate: z\r\n\r\n");
  CHECK(select_fields(header, {"to", "DATE"}, Choose::not_listed) == "Subject: x\r\n y\r\n\r\n");
  CHECK(select_fields(header, {"none"}, Choose::listed) == "\r\n");
  CHECK(select_fields("To: a\nB: c\n\n", {"b"}, Choose::listed) == "B: c\n\n");
  CHECK(select_fields("To: a\r\nB: c", {"b"}, Choose::listed) == "B: c");
  CHECK(select_fields("\r\n", {"b"}, Choose::not_listed) == "\r\n");
  CHECK(select_fields("", {"b"}, Choose::not_listed).empty());
}
