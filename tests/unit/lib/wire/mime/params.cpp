#include "wire/mime/params.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::mime;

TEST_CASE("mime params: content types", "[mime]") {
  struct Case {
    std::string in;
    ContentType want;
  };
  const Case cases[] = {
      {"text/plain; charset=us-ascii (Plain text)", {"text", "plain", {{"charset", "us-ascii"}}}},
      {" TEXT / Html ; Charset = \"UTF-8\"", {"text", "html", {{"charset", "UTF-8"}}}},
      {"multipart/mixed; boundary=gc0p4Jq0M2Yt08jU534c0p",
       {"multipart", "mixed", {{"boundary", "gc0p4Jq0M2Yt08jU534c0p"}}}},
      {"multipart/mixed;boundary=\"a;b\\\"c\"; x=y",
       {"multipart", "mixed", {{"boundary", "a;b\"c"}, {"x", "y"}}}},
      {"multipart/mixed; boundary=----=_Part_1=2",
       {"multipart", "mixed", {{"boundary", "----=_Part_1=2"}}}},
      {"text/plain charset=utf-8 format=flowed",
       {"text", "plain", {{"charset", "utf-8"}, {"format", "flowed"}}}},
      {"application/pdf; name=my file (1).pdf; x=1",
       {"application", "pdf", {{"name", "my file (1).pdf"}, {"x", "1"}}}},
      {"text", {"text", "plain", {}}},
      {"", {"text", "plain", {}}},
      {"pdf; name=x", {"text", "plain", {{"name", "x"}}}},
      {"text/pl\xc3\xa4in", {"text", "plain", {}}},
      {"/;=;==;\"", {"text", "plain", {}}},
      {"image/png;;; ; name=\r\n \"a\r\n b\";", {"image", "png", {{"name", "a b"}}}},
      {"image/png; name=\"open", {"image", "png", {{"name", "open"}}}},
      {"image/png; a=1; A=2", {"image", "png", {{"a", "1"}}}},
      {"image/png; empty=; quoted=\"\"", {"image", "png", {{"empty", ""}, {"quoted", ""}}}},
      {"text/plain; = = a=b c d=e", {"text", "plain", {{"a", "b"}, {"d", "e"}}}},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    auto got = parse_content_type(in);
    CHECK(got.type == want.type);
    CHECK(got.subtype == want.subtype);
    REQUIRE(got.params.size() == want.params.size());
    for (size_t i = 0; i < want.params.size(); i++) {
      CHECK(got.params[i].name == want.params[i].name);
      CHECK(got.params[i].value == want.params[i].value);
    }
  }
}

TEST_CASE("mime params: RFC 2231 continuations and charsets", "[mime]") {
  struct Case {
    std::string in, name, raw_name, raw_value, text;
  };
  const Case cases[] = {
      // RFC 2231 section 3
      {"message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n"
       " URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"",
       "url", "url", "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar",
       "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"},
      // section 4
      {"application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title",
       "title*", "us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "This is ***fun***"},
      // section 4.1
      {"application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
       " title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
       "title", "title*",
       "us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!",
       "This is even more ***fun*** isn't it!"},
      {"a/b; f*1=two; f*0=one; f*3=lost", "f", "f", "onetwo", "onetwo"},
      {"a/b; f*=utf-8''%e2%82%ac%20rates", "f", "f*", "utf-8''%e2%82%ac%20rates",
       "\xe2\x82\xac rates"},
      {"a/b; f*=iso-8859-1''%A3%20rates", "f", "f*", "iso-8859-1''%A3%20rates", "\xc2\xa3 rates"},
      {"a/b; f*=no-such-charset''%A3x", "f", "f*", "no-such-charset''%A3x", "\xef\xbf\xbdx"},
      {"a/b; f*=100%", "f", "f*", "100%", "100%"},
      {"a/b; f=plain; f*=utf-8''ext", "f", "f*", "utf-8''ext", "ext"},
      {"a/b; f*01=x; f*a=y", "f*01", "f*01", "x", "x"},
      {"a/b; f*0=a; f*1*=%41%42", "f", "f*", "''a%41%42", "aAB"},
  };
  for (auto& [in, name, raw_name, raw_value, text] : cases) {
    CAPTURE(in);
    auto params = parse_content_type(in).params;
    auto* raw = find_param(params, raw_name);
    REQUIRE(raw);
    CHECK(*raw == raw_value);
    CHECK(param_text(params, name) == text);
  }
  CHECK(param_text({}, "f") == std::nullopt);
  CHECK(parse_content_type("a/b; f*1=one").params.empty());
}

TEST_CASE("mime params: at most 128 of them", "[mime]") {
  std::string value = "a/b";
  for (int i = 0; i < 1000; i++) value += "; p" + std::to_string(i) + "=v";
  CHECK(parse_content_type(value).params.size() == 128);
}

TEST_CASE("mime params: dispositions", "[mime]") {
  auto got = parse_disposition(
      "Attachment; filename=genome.jpeg;\r\n"
      " modification-date=\"Wed, 12 Feb 1997 16:29:51 -0500\"");
  CHECK(got.kind == "attachment");
  CHECK(got.params == Params{{"filename", "genome.jpeg"},
                             {"modification-date", "Wed, 12 Feb 1997 16:29:51 -0500"}});
  CHECK(parse_disposition("attachment filename=x").params == Params{{"filename", "x"}});
  CHECK(parse_disposition("; filename=x").kind.empty());
  CHECK(parse_disposition("").kind.empty());
}
