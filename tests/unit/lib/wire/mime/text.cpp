#include "wire/mime/text.h"

#include <catch2/catch.hpp>

#include "samples.h"

using namespace tegu::wire::mime;

static std::optional<std::string> first_text(const std::string& bytes) {
  return text_of(bytes, parse(bytes).root());
}

TEST_CASE("mime text: a part as UTF-8", "[mime]") {
  struct Case {
    std::string in;
    std::optional<std::string> want;
  };
  const Case cases[] = {
      {"\n\xd0\x96", "\xd0\x96"},
      {"Content-Type: text/plain; charset=koi8-r\n\n\xf6", "\xd0\x96"},
      {"Content-Type: text/plain; charset=\"windows-1251\"\n"
       "Content-Transfer-Encoding: quoted-printable\n\n=C6",
       "\xd0\x96"},
      {"Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n/v8EFg==",
       "\xd0\x96"},
      {"Content-Type: text/plain; charset=no-such\n\nx\xff", "x\xef\xbf\xbd"},
      {"Content-Type: text/html\n\n<p>a&amp;b</p>", "\na&b\n"},
      {"Content-Type: image/png\n\nx", std::nullopt},
      {"Content-Transfer-Encoding: x-new\n\nx", std::nullopt},
      {"Content-Type: multipart/mixed; boundary=b\n\nx", std::nullopt},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(first_text(in) == want);
  }
}

TEST_CASE("mime text: at most two megabytes of a part", "[mime]") {
  std::string bytes = "\n" + std::string(3 << 20, 'x');
  CHECK(first_text(bytes)->size() == 2 << 20);
  Limits limits;
  limits.text_bytes = 3;
  bytes = "\n\xd0\x96\xd0\x96";
  auto text = text_of(bytes, parse(bytes).root(), limits);
  CHECK(text->size() <= 3);
  CHECK(text->starts_with("\xd0\x96"));
}

TEST_CASE("mime text: HTML without its tags", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"a<b>b</b>c", "abc"},
      {"one<br>two<BR/>three", "one\ntwo\nthree"},
      {"<style>p > x {}</style>a<script src='x'>if (a</b) x</script >b", "ab"},
      {"a<!-- <b> -- >x -->b", "ab"},
      {"1 < 2 && 3 > 2", "1 < 2 && 3 > 2"},
      {"&lt;&#1046;&#x416;&nbsp;&unknown;&#xd800;&#99999999999;&",
       "<\xd0\x96\xd0\x96 &unknown;\xef\xbf\xbd&#99999999999;&"},
      {"<a title=\"x > y\" href='>'>link</a>", "link"},
      {"a<unclosed b", "a"},
      {"a<!-- unclosed", "a"},
      {"a<script>unclosed", "a"},
      {"a</style>b</style>c", "abc"},
      {"<?xml version=\"1.0\"?><!DOCTYPE html>x", "x"},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(html_to_text(in) == want);
  }
}

TEST_CASE("mime text: headers for searching", "[mime]") {
  CHECK(header_text("Subject: =?utf-8?q?=D0=96?=\r\n x\r\nTo: a@b\r\n\r\nbody") ==
        "Subject: \xd0\x96 x\nTo: a@b\n");
}

TEST_CASE("mime text: previews", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const std::string alternative =
      "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n"
      "<b>html</b>\n--b\nContent-Disposition: attachment\n\nfile\n--b\n\n  plain\r\n\r\n text "
      "\n--b--";
  const Case cases[] = {
      {"", ""},
      {"\n\n  \n", ""},
      {"\none\n\n\ttwo ", "one two"},
      {alternative, "plain text"},
      {"Content-Type: text/html\n\n<p>x</p><p>y</p>", "x y"},
      {"Content-Type: image/png\n\nx", ""},
      {"\n" + std::string(300, 'x'), std::string(200, 'x')},
      {"\n" + std::string(199, 'x') + " y", std::string(199, 'x')},
      {"\n\xff", "\xef\xbf\xbd"},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(preview_of(in, parse(in)) == want);
  }
  const std::string cyrillic = "\n\xd0\x96\xd0\x96\xd0\x96";
  CHECK(preview_of(cyrillic, parse(cyrillic), 2) == "\xd0\x96\xd0\x96");
}

// All windows, without what one repeats of the one before; each in bounds.
static std::string in_windows(const std::string& bytes, size_t piece, size_t overlap) {
  auto message = parse(bytes);
  auto windows = TextWindows::make(message.root(), overlap);
  REQUIRE(windows);
  std::string all;
  auto take = [&](const std::string& text) {
    REQUIRE(text.size() < 2 << 20);
    size_t repeated = std::min(overlap, all.size());
    while (repeated > 0 && !text.starts_with(all.substr(all.size() - repeated))) repeated--;
    REQUIRE(repeated + 3 >= std::min(overlap, all.size()));
    all += text.substr(repeated);
  };
  auto body = slice(bytes, message.root().body);
  for (size_t at = 0; at < body.size(); at += piece) {
    if (auto text = windows->feed(body.substr(at, piece))) take(*text);
  }
  take(windows->finish());
  return all;
}

TEST_CASE("mime text: in windows it is the same text", "[mime]") {
  std::string lines, no_lines, html, utf16 = "\xff\xfe";
  for (int i = 0; lines.size() < 1'500'000; i++) {
    lines += std::to_string(i) + " \xd0\x96\xe2\x82\xac\r\n";
    no_lines += std::to_string(i) + "\xd0\x96\xe2\x82\xac";
    html += "<p class=\"a>b\">" + std::to_string(i) + "&amp;\xd0\x96";
    for (char c : std::to_string(i)) utf16 += {c, '\0'};
    utf16 += {'\x16', '\x04', '\n', '\0'};
  }
  Limits all{.text_bytes = SIZE_MAX};
  const std::string cases[] = {
      "Content-Type: text/plain; charset=utf-8\n\n" + lines,
      "Content-Type: text/plain; charset=utf-8\n\n" + no_lines,
      "Content-Type: text/plain; charset=koi8-r\n\n" + lines,
      "Content-Type: text/html; charset=utf-8\n\n" + html,
      "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n" +
          encode_base64_lines(utf16),
      "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" +
          encode_base64_lines(lines),
      "\n",
      "Content-Type: text/html\n\n<p>short</p>"};
  for (const std::string& bytes : cases) {
    auto want = text_of(bytes, parse(bytes).root(), all);
    REQUIRE(want);
    for (size_t piece : {1000, 262144})
      for (size_t overlap : {0, 50}) {
        CAPTURE(bytes.substr(0, 80), piece, overlap);
        CHECK((in_windows(bytes, piece, overlap) == *want));
      }
  }
  CHECK(!TextWindows::make(parse("Content-Type: image/png\n\nx").root(), 0));
}
