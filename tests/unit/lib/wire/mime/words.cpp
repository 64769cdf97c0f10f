#include "wire/mime/words.h"

#include <catch2/catch.hpp>

#include "base/text.h"

using namespace tegu::wire::mime;

TEST_CASE("mime words: decoding", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"", ""},
      {" plain \r\n text ", "plain  text"},
      // RFC 2047 8
      {"=?ISO-8859-1?Q?a?=", "a"},
      {"=?ISO-8859-1?Q?a?= b", "a b"},
      {"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
      {"=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"},
      {"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"},
      {"=?ISO-8859-1?Q?a_b?=", "a b"},
      {"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
      {"=?ISO-8859-1?Q?Andr=E9?= Pirard", "Andr\xc3\xa9 Pirard"},
      {"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
       " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
       "If you can read this you understand the example."},
      // a character split between words; language; no padding; lower case
      {"=?utf-8?q?=D0?= =?UTF-8?b?lg==?=", "\xd0\x96"},
      {"=?utf-8*ru?Q?=D0=96?=", "\xd0\x96"},
      {"=?utf-8?b?0JY?=", "\xd0\x96"},
      {"=?koi8-r?q?=F6?=", "\xd0\x96"},
      {"=?gb2312?b?xOO6ww==?=", "\xe4\xbd\xa0\xe5\xa5\xbd"},
      {"=?iso-8859-1?q?=80?=", "\xe2\x82\xac"},
      {"x=?utf-8?q?y?=z", "xyz"},
      // not words
      {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
      {"=?utf-8?q?a", "=?utf-8?q?a"},
      {"=?", "=?"},
      {"=?a?=?=?b =?", "=?a?=?=?b =?"},
      {"=?utf-8?q?a?= =?utf-8?x?b?=", "a =?utf-8?x?b?="},
      {"=?../../x?q?=41?=", "=?../../x?q?=41?="},
      // broken content
      {"=?utf-8?q?a=?=", "a="},
      {"=?utf-8?q?=FF=0D=0A=00x?=", "\xef\xbf\xbd   x"},
      {"=?no-such?q?=D0=96?=", "\xd0\x96"},
      {"raw \xd0\x96 \xff", "raw \xd0\x96 \xef\xbf\xbd"},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(decode_words(in) == want);
  }
}

TEST_CASE("mime words: encoding", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"", ""},
      {"plain ASCII, with (specials)", "plain ASCII, with (specials)"},
      {"Zahlung f\xc3\xbcr Mai", "Zahlung =?utf-8?q?f=C3=BCr?= Mai"},
      {"a \xc3\xa4 b \xc3\xb6 c", "a =?utf-8?b?w6QgYiDDtg==?= c"},
      {"\xd0\x96\xd0\xb6\xd0\x96", "=?utf-8?b?0JbQttCW?="},
      {"looks =?like?q?one?=", "looks =?utf-8?b?PT9saWtlP3E/b25lPz0=?="},
      {"line\r\nbreak", "line  break"},
      {"bad \xff byte", "bad =?utf-8?b?77+9?= byte"},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(encode_words(in) == want);
  }
}

TEST_CASE("mime words: long text survives, in words of at most 75", "[mime]") {
  std::string text;
  for (int i = 0; i < 100; i++) text += "\xd0\x96\xe2\x82\xac\xf0\x9f\x98\x80 word ";
  text += "\xc3\xa4";
  auto encoded = encode_words(text);
  for (auto word : tegu::base::split(encoded, ' ')) CHECK(word.size() <= 75);
  CHECK(decode_words(encoded) == text);
  auto folded = fold_header("Subject", encoded);
  for (auto line : tegu::base::split(folded, '\n')) CHECK(line.size() <= 77);
  CHECK(decode_words(std::string_view(folded).substr(8)) == text);
}

TEST_CASE("mime words: phrases", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"", "\"\""},
      {"Mail System", "Mail System"},
      {"Doe, John", "\"Doe, John\""},
      {"J. \"Q\" \\", "\"J. \\\"Q\\\" \\\\\""},
      {" x", "\" x\""},
      {"J\xc3\xb6rg (x), <y>", "=?utf-8?b?SsO2cmcgKHgpLCA8eT4=?="},
      {"a\r\nBcc: b", "\"a  Bcc: b\""},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    CHECK(encode_phrase(in) == want);
  }
}

TEST_CASE("mime words: folding", "[mime]") {
  CHECK(fold_header("To", "a@b") == "To: a@b\r\n");
  CHECK(fold_header("To", "") == "To:\r\n");
  CHECK(fold_header("To", " \t ") == "To:\r\n");
  CHECK(fold_header("X", "a\r\nBcc: b") == "X: a  Bcc: b\r\n");
  CHECK(fold_header("X", std::string("a\0b", 3)) == "X: a b\r\n");
  const std::string word(30, 'w');
  CHECK(fold_header("X", word + ' ' + word + "  " + word) ==
        "X: " + word + ' ' + word + "\r\n  " + word + "\r\n");
  const std::string endless(2000, 'e');
  CHECK(fold_header("X", endless + " x") == "X: " + endless + "\r\n x\r\n");
}

TEST_CASE("mime words: beginnings without an end cost no time", "[mime]") {
  for (std::string piece : {"=?a?q?", "=?a?q? ", "=? =?", "=?a?b?=", "a=?"}) {
    std::string text;
    while (text.size() < 200'000) text += piece;
    CHECK(decode_words(text).size() <= text.size());
  }
}
