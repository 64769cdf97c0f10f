// Text: numbers, encodings, escaping, Unicode, domains.
#include "base/text.h"

#include <catch2/catch.hpp>

#include "base/ids.h"
#include "base/unicode.h"

using namespace tegu::base;

TEST_CASE("base text: numbers are whole or nothing", "[base]") {
  CHECK(parse_number<int>("42") == 42);
  CHECK(parse_number<int>("-7") == -7);
  CHECK(parse_number<uint8_t>("255") == 255);
  for (auto bad : {"", "+1", "1 ", " 1", "1x", "0x1", "99999999999"}) {
    INFO(bad);
    CHECK_FALSE(parse_number<int>(bad));
  }
  CHECK_FALSE(parse_number<uint8_t>("256"));
  CHECK_FALSE(parse_number<uint32_t>("-1"));
}

TEST_CASE("base text: split keeps empty pieces and join is its inverse", "[base]") {
  CHECK(split("a,b,,c", ',') == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(join({"a", "b", "", "c"}, ",") == "a,b,,c");
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \r\n").empty());
  CHECK(replace_all("aXbXX", "X", "yy") == "ayybyyyy");
}

TEST_CASE("base text: comparing without case touches ASCII only", "[base]") {
  CHECK(iequals("INBOX", "inbox"));
  CHECK_FALSE(iequals("inbox", "inbo"));
  CHECK_FALSE(iequals("\xc3\x84", "\xc3\xa4"));
  CHECK(istarts_with("Content-Type", "content-"));
  CHECK(ifind("xxABCxx", "abc") == 2);
  CHECK(ifind("abc", "d") == std::string_view::npos);
  CHECK(ifind("abc", "") == 0);
}

TEST_CASE("base text: base64 and hex survive a round trip and refuse junk", "[base]") {
  for (size_t n = 0; n < 70; n++) {
    std::string bytes = random_bytes(n);
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
    CHECK(hex_decode(hex_encode(bytes)) == bytes);
  }
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64_encode("foo") == "Zm9v");
  for (auto bad : {"Zg=", "Zg", "Z===", "Zg==Zg==", "Zm 9v", "====", "Zm9v\n"}) {
    INFO(bad);
    CHECK_FALSE(base64_decode(bad));
  }
  CHECK_FALSE(hex_decode("0"));
  CHECK_FALSE(hex_decode("0g"));
}

TEST_CASE("base text: nothing that steers a terminal passes escaping", "[base]") {
  CHECK(escape_controls("a\x1b[31m\nb") == "a\\x1b[31m\\x0ab");
  CHECK(escape_controls("\\") == "\\\\");
  CHECK(escape_controls("\xc3\xa9") == "\xc3\xa9");
  CHECK(escape_controls("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(escape_controls("\xff\x7f") == "\\xff\\x7f");
  CHECK(escape_controls("\xe2\x82") == "\\xe2\\x82");
}

TEST_CASE("base unicode: UTF-8 is judged as RFC 3629 says", "[base]") {
  struct Row {
    std::string_view in;
    bool want;
  };
  Row rows[] = {{"", true},
                {"abc", true},
                {"\xc3\xa9", true},
                {"\xe2\x82\xac", true},
                {"\xf0\x9f\x98\x80", true},
                {"\xf4\x8f\xbf\xbf", true},
                {"\xc0\x80", false},
                {"\xe0\x80\x80", false},
                {"\xed\xa0\x80", false},
                {"\xf4\x90\x80\x80", false},
                {"\xf5\x80\x80\x80", false},
                {"\x80", false},
                {"\xe2\x82", false}};
  for (auto& row : rows) {
    INFO(hex_encode(row.in));
    CHECK(is_utf8(row.in) == row.want);
    CHECK(is_utf8(to_valid_utf8(row.in)));
  }
}

TEST_CASE("base unicode: folding makes equal what people hold for equal", "[base]") {
  CHECK(fold_case("Stra\xc3\x9f"
                  "e") == fold_case("STRASSE"));
  CHECK(fold_case("\xd0\x9f\xd0\xa0\xd0\x98") == fold_case("\xd0\xbf\xd1\x80\xd0\xb8"));
}

TEST_CASE("base unicode: domains become A-labels", "[base]") {
  struct Row {
    std::string_view in;
    std::optional<std::string> want;
  };
  Row rows[] = {{"Example.ORG", "example.org"},
                {"example.org.", "example.org"},
                {"b\xc3\xbc"
                 "cher.example",
                 "xn--bcher-kva.example"},
                {"", std::nullopt},
                {"a..b", std::nullopt},
                {"-a.b", std::nullopt},
                {"a b.c", std::nullopt}};
  for (auto& row : rows) {
    INFO(row.in);
    CHECK(domain_to_ascii(row.in) == row.want);
  }
  CHECK_FALSE(domain_to_ascii(std::string(64, 'a') + ".org"));
  CHECK(domain_to_unicode("xn--bcher-kva.example") ==
        "b\xc3\xbc"
        "cher.example");
}

TEST_CASE("base unicode: charsets become UTF-8", "[base]") {
  CHECK(charset_to_utf8("iso-8859-1", "\xe9") == "\xc3\xa9");
  CHECK(charset_to_utf8("koi8-r", "\xf0") == "\xd0\x9f");
  CHECK(charset_to_utf8("utf-8", "\xff") == "\xef\xbf\xbd");
  CHECK_FALSE(charset_to_utf8("no-such-charset", "a"));
}

TEST_CASE("base text: release gives memory back", "[base]") {
  std::string text(100'000, 'x');
  release(text);
  CHECK(text.empty());
  CHECK(text.capacity() == std::string().capacity());
}
