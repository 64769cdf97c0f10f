#include "wire/mime/body_structure.h"

#include <catch2/catch.hpp>

#include "samples.h"

using namespace tegu::wire::mime;

static std::string full(std::string_view bytes) {
  return body_structure_wire(parse(bytes), true);
}
static std::string basic(std::string_view bytes) {
  return body_structure_wire(parse(bytes), false);
}

TEST_CASE("mime body structure: single parts", "[mime]") {
  struct Case {
    std::string in, body, structure;
  };
  const Case cases[] = {
      {"", R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0))",
       R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))"},
      {"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\na\r\nb\r\n",
       R"(("text" "plain" ("charset" "US-ASCII") NIL NIL "7bit" 6 2))",
       R"(("text" "plain" ("charset" "US-ASCII") NIL NIL "7bit" 6 2 NIL NIL NIL NIL))"},
      {"Content-Type: text/html\n\nx", R"(("text" "html" NIL NIL NIL "7bit" 1 0))",
       R"(("text" "html" NIL NIL NIL "7bit" 1 0 NIL NIL NIL NIL))"},
      {"Content-Type: image/png; name=\"a\\\"b\"\nContent-ID: <i>\nContent-Description: d\n"
       "Content-Transfer-Encoding: BASE64\nContent-MD5: m\nContent-Language: en, de\n"
       "Content-Disposition: attachment; filename*=utf-8''%C3%A4; size=3\nContent-Location: l\n\n"
       "AAAA",
       R"(("image" "png" ("name" "a\"b") "<i>" "d" "base64" 4))",
       R"(("image" "png" ("name" "a\"b") "<i>" "d" "base64" 4 "m" )"
       R"(("attachment" ("filename*" "utf-8''%C3%A4" "size" "3")) ("en" "de") "l"))"},
      {"Content-Type: audio/x\nContent-Disposition: inline\nContent-Language: ru\n\n",
       R"(("audio" "x" NIL NIL NIL "7bit" 0))",
       R"(("audio" "x" NIL NIL NIL "7bit" 0 NIL ("inline" NIL) "ru" NIL))"},
      {"Content-Type: a/b; n=\xff\n\n", "(\"a\" \"b\" (\"n\" {1}\r\n\xff) NIL NIL \"7bit\" 0)",
       "(\"a\" \"b\" (\"n\" {1}\r\n\xff) NIL NIL \"7bit\" 0 NIL NIL NIL NIL)"},
      // message types that are not embedded messages
      {"Content-Type: message/delivery-status\n\nx",
       R"(("message" "delivery-status" NIL NIL NIL "7bit" 1))",
       R"(("message" "delivery-status" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"Content-Type: message/rfc822; name=x\nContent-Transfer-Encoding: base64\n\nx",
       R"(("application" "octet-stream" ("name" "x") NIL NIL "base64" 1))",
       R"(("application" "octet-stream" ("name" "x") NIL NIL "base64" 1 NIL NIL NIL NIL))"},
  };
  for (auto& [in, body, structure] : cases) {
    CAPTURE(in);
    CHECK(basic(in) == body);
    CHECK(full(in) == structure);
  }
}

TEST_CASE("mime body structure: multiparts", "[mime]") {
  // RFC 9051 7.5.2, the two-part example
  CHECK(basic("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
              "--b\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\none\r\ntwo\r\n\r\n"
              "--b\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME=\"cc.diff\"\r\n"
              "Content-ID: <960723163407.20117h@cac.washington.edu>\r\n"
              "Content-Description: Compiler diff\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
              "QQ==\r\n\r\n--b--\r\n") ==
        R"((("text" "plain" ("charset" "US-ASCII") NIL NIL "7bit" 10 2))"
        R"(("text" "plain" ("charset" "US-ASCII" "name" "cc.diff") )"
        R"("<960723163407.20117h@cac.washington.edu>" "Compiler diff" "base64" 6 1) "mixed"))");
  CHECK(full("Content-Type: multipart/alternative; boundary=\"b c\"; x=y\nContent-Language: en\n"
             "Content-Disposition: inline; f=1\nContent-Location: loc\n\n--b c\n\nx\n--b c--\n") ==
        R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0 NIL NIL NIL NIL) )"
        R"("alternative" ("boundary" "b c" "x" "y") ("inline" ("f" "1")) "en" "loc"))");
}

TEST_CASE("mime body structure: a multipart without parts shows an empty one", "[mime]") {
  CHECK(basic("Content-Type: multipart/mixed; boundary=b\n\nx") ==
        R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed"))");
  CHECK(full("Content-Type: multipart/mixed; boundary=b\n\nx") ==
        R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL) "mixed" )"
        R"(("boundary" "b") NIL NIL NIL))");
}

TEST_CASE("mime body structure: embedded messages", "[mime]") {
  CHECK(full("Content-Type: message/rfc822\n\nSubject: s\nFrom: a@b\n\none\ntwo\n") ==
        R"(("message" "rfc822" NIL NIL NIL "7bit" 30 (NIL "s" ((NIL NIL "a" "b")) )"
        R"(((NIL NIL "a" "b")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL) )"
        R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 2 NIL NIL NIL NIL) 5 )"
        R"(NIL NIL NIL NIL))");
  CHECK(basic("Content-Type: message/global\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4") ==
        R"(("message" "global" NIL NIL NIL "8bit" 2 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) )"
        R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 2 0) 0))");
}

TEST_CASE("mime body structure: the tree of the section example", "[mime]") {
  auto text = [](const char* subtype, int size) {
    std::string charset =
        subtype == std::string("plain-default") ? "(\"charset\" \"us-ascii\")" : "NIL";
    return "(\"text\" \"" + std::string(subtype) + "\" " + charset + " NIL NIL \"7bit\" " +
           std::to_string(size) + " 0)";
  };
  auto plain = [](int size) {
    return R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" )" + std::to_string(size) +
           " 0)";
  };
  auto envelope = [](const char* subject) {
    return "(NIL \"" + std::string(subject) + "\" NIL NIL NIL NIL NIL NIL NIL NIL)";
  };
  auto message = parse(samples::section_example());
  auto embedded = [&](size_t part) {
    return R"(("message" "rfc822" NIL NIL NIL "7bit" )" +
           std::to_string(message.parts[part].body.size) + ' ';
  };
  auto lines = [&](size_t part) { return ' ' + std::to_string(message.parts[part].lines) + ')'; };
  CHECK(body_structure_wire(message, false) ==
        "(" + plain(1) + R"(("application" "octet-stream" NIL NIL NIL "7bit" 1))" + embedded(3) +
            envelope("three") + " (" + plain(8) +
            R"(("application" "octet-stream" NIL NIL NIL "7bit" 3) "mixed"))" + lines(3) +
            R"((("image" "gif" NIL NIL NIL "base64" 4))" + embedded(9) + envelope("four-two") +
            " (" + plain(5) + "(" + plain(7) + text("richtext", 7) + R"( "alternative") "mixed"))" +
            lines(9) + R"( "mixed") "mixed"))");
}
