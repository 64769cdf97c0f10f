#include "wire/mime/transfer.h"

#include <catch2/catch.hpp>

#include "base/text.h"

using namespace tegu::wire::mime;
using Status = Decoded::Status;

namespace {
struct Case {
  std::string encoding, in, want;
  Status status = Status::ok;
};
}  // namespace

static const Case cases[] = {
    {"", "a=41\r\n", "a=41\r\n"},
    {"7BIT", "a=41\r\n", "a=41\r\n"},
    {"binary", std::string("\0\xff", 2), std::string("\0\xff", 2)},
    {"x-uuencode", "begin", "", Status::unknown_encoding},
    {"base-64", "QQ==", "", Status::unknown_encoding},
    // base64
    {"base64", "", ""},
    {"BASE64", "Zm9vYmFy", "foobar"},
    {"base64", "Zm9v\r\nYmE=\r\n", "fooba"},
    {"base64", "Zm 9v\tYg = =", "foob"},
    {"base64", "Zm9vYg==Zm9vYmFy", "foobfoobar"},
    {"base64", "Zm9vYmE", "fooba", Status::damaged},
    {"base64", "Zm9vYg", "foob", Status::damaged},
    {"base64", "Zm9vY", "foo", Status::damaged},
    {"base64", "Zm9v=", "foo", Status::damaged},
    {"base64", "Z=", "", Status::damaged},
    {"base64", "Zm9vYg===", "foob", Status::damaged},
    {"base64", "Zm9v*\xff-YmFy\r\n-- \r\n", "foobar", Status::damaged},
    // quoted-printable
    {"quoted-printable", "", ""},
    {"quoted-printable",
     "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
     "Now's the time for all folk to come to the aid of their country."},
    {"Quoted-Printable", "=D0=96=d0=b6\n", "\xd0\x96\xd0\xb6\n"},
    {"quoted-printable", "a \t\r\nb  \nc=20\r\nd ", "a\r\nb\nc \r\nd"},
    {"quoted-printable", "a= \t\r\nb=\nc=\rd", "abcd"},
    {"quoted-printable", "a\rb", "a\rb"},
    {"quoted-printable", "x=", "x"},
    {"quoted-printable", "100=% =4 =G1 ==41 = x", "100=% =4 =G1 =A = x", Status::damaged},
    {"quoted-printable", "x=4", "x=4", Status::damaged},
};

TEST_CASE("mime transfer: decoding", "[mime]") {
  for (auto& [encoding, in, want, status] : cases) {
    CAPTURE(encoding, in);
    auto got = decode_body(encoding, in);
    CHECK(got.bytes == want);
    CHECK(got.status == status);
  }
}

TEST_CASE("mime transfer: split at every byte decoding gives the same", "[mime]") {
  for (auto& [encoding, in, want, status] : cases) {
    if (status == Status::unknown_encoding) continue;
    CAPTURE(encoding, in);
    for (size_t at = 0; at <= in.size(); at++) {
      auto decoder = TransferDecoder::make(encoding);
      std::string out;
      decoder->feed(std::string_view(in).substr(0, at), out);
      decoder->feed(std::string_view(in).substr(at), out);
      decoder->finish(out);
      CHECK(out == want);
      CHECK(decoder->damaged() == (status == Status::damaged));
    }
  }
}

TEST_CASE("mime transfer: what is encoded decodes to the same", "[mime]") {
  std::string all;
  for (int i = 0; i < 1000; i++) all += static_cast<char>(i * 7 + i / 256);
  for (size_t size : {0, 1, 2, 3, 56, 57, 58, 114, 1000}) {
    auto bytes = all.substr(0, size);
    auto encoded = encode_base64_lines(bytes);
    auto decoded = decode_body("base64", encoded);
    CHECK(decoded.bytes == bytes);
    CHECK(decoded.status == Status::ok);
    CHECK((encoded.empty() || encoded.ends_with("\r\n")));
    for (auto line : tegu::base::split(encoded, '\n')) CHECK(line.size() <= 77);
  }
  std::string text = all + "\r\n" + std::string(200, 'x') + " \n.\nFrom me\n=\n" +
                     std::string(75, 'y') + "\xc3\xa4\nend \t";
  auto encoded = encode_quoted_printable(text);
  auto decoded = decode_body("quoted-printable", encoded);
  CHECK(decoded.status == Status::ok);
  auto crlf = tegu::base::replace_all(tegu::base::replace_all(text, "\r\n", "\n"), "\n", "\r\n");
  CHECK(decoded.bytes == crlf);
  for (auto line : tegu::base::split(encoded, '\n')) {
    CHECK(line.size() <= 77);
    CHECK(!line.starts_with('.'));
    CHECK(!line.starts_with("From "));
  }
  CHECK(encode_quoted_printable("J\xc3\xb6rg = x \n") == "J=C3=B6rg =3D x=20\r\n");
}
