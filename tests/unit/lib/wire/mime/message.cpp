#include "wire/mime/message.h"

#include <catch2/catch.hpp>

#include "samples.h"
#include "wire/mime/body_structure.h"
#include "wire/mime/packed.h"
#include "wire/mime/parser.h"
#include "wire/mime/scan.h"

using namespace tegu::wire::mime;

// Of each part: parent, type, whether opaque, and the body of a leaf.
static std::vector<std::string> show(std::string_view bytes, const Limits& limits = {}) {
  std::vector<std::string> out;
  auto message = parse(bytes, limits);
  for (auto& part : message.parts) {
    std::string line = part.parent == no_part ? "-" : std::to_string(part.parent);
    line += ' ' + part.type + '/' + part.subtype + (part.opaque ? " opaque" : "");
    if (part.kind == PartKind::leaf) line += " [" + std::string(slice(bytes, part.body)) + ']';
    out.push_back(line);
  }
  return out;
}
using Lines = std::vector<std::string>;

static Message parse_in_pieces(std::string_view bytes, size_t size, const Limits& limits) {
  Parser parser(limits);
  std::optional<uint64_t> header_size;
  for (size_t at = 0; at < bytes.size(); at += size) {
    if (header_size) CHECK(parser.header_size() == header_size);
    header_size = parser.header_size();
    parser.feed(bytes.substr(at, size));
  }
  auto message = parser.finish();
  if (header_size) CHECK(message.root().header.size == *header_size);
  return message;
}

// What parse() promises of any bytes.
static void check_sound(std::string_view bytes, const Limits& limits = {}) {
  auto message = parse(bytes, limits);
  REQUIRE(message.size == bytes.size());
  REQUIRE(!message.parts.empty());
  REQUIRE(message.parts.size() <= limits.parts);
  CHECK(message.root().header.begin == 0);
  CHECK(message.root().body.end() == bytes.size());
  for (auto& part : message.parts) {
    auto body = slice(bytes, part.body);
    REQUIRE(body.size() == part.body.size);
    REQUIRE(part.lines == static_cast<uint64_t>(std::ranges::count(body, '\n')));
  }
  for (size_t piece : {1, 2, 3, 7, 100}) {
    CAPTURE(piece);
    REQUIRE(parse_in_pieces(bytes, piece, limits) == message);
  }
  // Tree, ranges and envelopes are what decode_structure asks for.
  auto decoded = decode_structure(encode_structure(message), limits);
  REQUIRE(decoded);
  CHECK(*decoded == message);
  CHECK(body_structure_wire(*decoded, true) == body_structure_wire(message, true));
  HeaderScan scan(limits);
  scan.feed(bytes);
  scan.finish();
  if (scan.end() != HeaderScan::End::limit) {
    CHECK(scan.header_size() == message.root().header.size);
  }
}

TEST_CASE("mime message: the tree of nested parts", "[mime]") {
  CHECK(show(samples::complex_multipart()) ==
        Lines{"- multipart/mixed", "0 text/plain [  ... Some text appears here ...]",
              "0 text/plain [This could have been part of the previous part, but\r\n"
              "illustrates explicit versus implicit typing of body\r\nparts.]",
              "0 multipart/parallel", "3 audio/basic [AAAA]", "3 image/jpeg [BBBB]",
              "0 text/enriched [This is <bold><italic>enriched.</italic></bold>]",
              "0 message/rfc822",
              "7 text/plain [  ... Additional text in ISO-8859-1 goes here ...]"});
  auto message = parse(samples::complex_multipart());
  CHECK(message.parts[2].lines == 2);
  CHECK(message.parts[8].encoding == "quoted-printable");
  CHECK(message.parts[7].envelope.starts_with("(NIL \"(subject in US-ASCII)\" "));
}

TEST_CASE("mime message: bodies of what is hardly a message", "[mime]") {
  struct Case {
    std::string in;
    Lines want;
  };
  const std::string mixed = "Content-Type: multipart/mixed; boundary=b\n\n";
  const Case cases[] = {
      {"", {"- text/plain []"}},
      {"\r\n", {"- text/plain []"}},
      {"just text", {"- text/plain [just text]"}},
      {"A: b\r\njust text\r\n", {"- text/plain [just text\r\n]"}},
      {"A: b\n\nbody", {"- text/plain [body]"}},
      {"A: b", {"- text/plain []"}},
      {"Content-Type: text/html\nContent-Type: text/plain\n\nx", {"- text/html [x]"}},
      // multipart without any boundary, and with a useless one
      {"Content-Type: multipart/mixed\n\nx", {"- text/plain [x]"}},
      {"Content-Type: multipart/mixed; boundary=\" \"\n\nx", {"- text/plain [x]"}},
      // boundary never met
      {mixed + "x", {"- multipart/mixed"}},
      // no closing delimiter
      {mixed + "--b\n\none\n--b\n\ntwo\n",
       {"- multipart/mixed", "0 text/plain [one]", "0 text/plain [two\n]"}},
      // parts without blank lines, without headers, without anything
      {mixed + "--b\nA: b\n--b\n--b\n\n--b\nx\n--b--\nepilogue\n",
       {"- multipart/mixed", "0 text/plain []", "0 text/plain []", "0 text/plain []",
        "0 text/plain [x]"}},
      // transport padding and text behind the delimiter
      {mixed + "--b  \t\none\n\n--boundary\n\ntwo\n--b-- x\n--b\nno part\n",
       {"- multipart/mixed", "0 text/plain [one\n]", "0 text/plain [two]"}},
      // an outer delimiter ends the inner multipart
      {mixed + "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\nin\n--b\n\nout\n--b--",
       {"- multipart/mixed", "0 multipart/mixed", "1 text/plain [in]", "0 text/plain [out]"}},
      // equal boundaries: the innermost is meant
      {mixed + "--b\nContent-Type: multipart/x; boundary=b\n\n--b\n\nin\n--b--\n--b\n\nout\n--b--",
       {"- multipart/mixed", "0 multipart/x", "1 text/plain [in]", "0 text/plain [out]"}},
      // digest
      {"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: s\n\nin\n"
       "--b\nContent-Type: text/plain\n\nx\n--b--",
       {"- multipart/digest", "0 message/rfc822", "1 text/plain [in]", "0 text/plain [x]"}},
      // an embedded message that is encoded is not looked into
      {"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTogYgoKYw==",
       {"- message/rfc822 opaque [QTogYgoKYw==]"}},
      {"Content-Type: message/global\nContent-Transfer-Encoding: 8BIT\n\nA: b\n\nc",
       {"- message/global", "0 text/plain [c]"}},
      // header of an embedded message that ends at the delimiter
      {mixed + "--b\nContent-Type: message/rfc822\n\nSubject: s\n--b--\n",
       {"- multipart/mixed", "0 message/rfc822", "1 text/plain []"}},
      // a boundary that looks like a field
      {"Content-Type: multipart/mixed; boundary=\"x:y\"\n\n--x:y\nA: b\n--x:y\n\nz\n--x:y--",
       {"- multipart/mixed", "0 text/plain []", "0 text/plain [z]"}},
      {"Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\n\n--abcd\n\nz\n--abcd--",
       {"- multipart/mixed", "0 text/plain [z]"}},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(show(in) == want);
    check_sound(in);
  }
}

TEST_CASE("mime message: content fields", "[mime]") {
  auto message = parse(
      "content-type: IMAGE/png; name=\"a b\"\r\nContent-ID: <1@x>\r\nContent-ID: <2@x>\r\n"
      "Content-Description: some\r\n picture\r\nContent-Transfer-Encoding: Base64 (sic)\r\n"
      "Content-Disposition: INLINE; filename=x\r\nContent-Language: en, de (German),ru\r\n"
      "Content-Location: http://x/\r\nContent-MD5: Q2hlY2s=\r\n\r\nAAAA\r\n");
  auto& part = message.root();
  CHECK(part.is("image", "png"));
  CHECK(part.params == Params{{"name", "a b"}});
  CHECK(part.id == "<1@x>");
  CHECK(part.description == "some picture");
  CHECK(part.encoding == "base64");
  CHECK(part.disposition == "inline");
  CHECK(part.disposition_params == Params{{"filename", "x"}});
  CHECK(part.language == std::vector<std::string>{"en", "de", "ru"});
  CHECK(part.location == "http://x/");
  CHECK(part.md5 == "Q2hlY2s=");
  CHECK(part.lines == 1);
}

TEST_CASE("mime message: limits make opaque leaves", "[mime]") {
  const std::string nested =
      "Content-Type: multipart/a; boundary=1\n\n--1\nContent-Type: multipart/b; boundary=2\n\n"
      "--2\n\nx\n--2--\n--1\n\ny\n--1--\n";
  Limits limits;
  limits.depth = 1;
  CHECK(show(nested, limits) ==
        Lines{"- multipart/a", "0 multipart/b opaque [--2\n\nx\n--2--]", "0 text/plain [y]"});
  check_sound(nested, limits);
  limits = {};
  limits.parts = 3;
  CHECK(show(nested, limits) == Lines{"- multipart/a opaque", "0 multipart/b", "1 text/plain [x]"});
  check_sound(nested, limits);
  limits.parts = 2;
  CHECK(show(nested, limits) ==
        Lines{"- multipart/a opaque", "0 multipart/b opaque [--2\n\nx\n--2--]"});
  limits = {};
  limits.boundary_bytes = 4;
  CHECK(show("Content-Type: multipart/a; boundary=123456\n\n--123456\n\nx\n", limits) ==
        Lines{"- multipart/a", "0 text/plain [x\n]"});
}

TEST_CASE("mime message: a thousand levels and a hundred thousand parts", "[mime]") {
  std::string deep;
  for (int i = 0; i < 1000; i++) {
    auto boundary = std::to_string(i);
    deep +=
        "Content-Type: multipart/mixed; boundary=\"" + boundary + "x\"\n\n--" + boundary + "x\n";
  }
  CHECK(parse(deep).parts.size() == 101);
  check_sound(deep);
  std::string chain;
  for (int i = 0; i < 1000; i++) chain += "Content-Type: message/rfc822\n\n";
  CHECK(parse(chain).parts.size() == 101);
  check_sound(chain);
  std::string wide = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 100'000; i++) wide += "--b\n\nx\n";
  CHECK(parse(wide).parts.size() == 10'000);
  check_sound(wide);
}

TEST_CASE("mime message: cut at every byte it stays sound", "[mime]") {
  for (const std::string& whole : {samples::section_example(), samples::complex_multipart()}) {
    check_sound(whole);
    for (size_t size = 0; size < whole.size(); size++) {
      CAPTURE(size);
      check_sound(whole.substr(0, size));
    }
  }
}

TEST_CASE("mime message: lines beyond every limit are the same in pieces", "[mime]") {
  Limits limits{.header_bytes = 40, .boundary_bytes = 4};
  std::string blanks(60, ' ');
  for (const std::string& whole :
       {"Subject" + blanks + ": x\r\n\r\nbody\r\n",
        "Content-Type: multipart/mixed; boundary=abcdefgh" + blanks + "\r\n\r\n--abcdxyz" + blanks +
            "\r\n\r\n1\r\n--abcd--" + blanks + "\r\nend",
        "Content-Type: multipart/mixed;boundary=b\n\n--b" + std::string(70, '-') +
            "\n--b\r\n\r\n2"}) {
    CAPTURE(whole);
    check_sound(whole, limits);
  }
}

TEST_CASE("mime message: damaged at every byte it stays sound", "[mime]") {
  const std::string whole = samples::section_example();
  for (size_t at = 0; at < whole.size(); at++) {
    for (char c : {'\0', '\n', '\r', '-', ':', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = c;
      CAPTURE(at, c);
      check_sound(damaged);
    }
  }
}
