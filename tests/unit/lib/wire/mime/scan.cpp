#include "wire/mime/scan.h"

#include <catch2/catch.hpp>

#include "wire/mime/message.h"

using namespace tegu::wire::mime;
using End = HeaderScan::End;

namespace {
struct Case {
  std::string in;
  End end;
  uint64_t size;
  HeaderScan::Counts counts;
};
}  // namespace

static const Case cases[] = {
    {"", End::end_of_message, 0, {}},
    {"\r\nbody", End::blank_line, 2, {}},
    {"\nbody", End::blank_line, 1, {}},
    {"\rbody", End::not_a_field, 0, {}},
    {"Received: a\r\n b\r\nreceived: c\r\nDate: d\r\n\r\nDate: e", End::blank_line, 41, {2, 0, 1}},
    {"From: a\nSender :b\nMessage-Id:\n <x@y>\n\n", End::blank_line, 38, {0, 0, 0, 1, 1, 1}},
    {"Delivered-To: a\r\nno field\r\n", End::not_a_field, 17, {0, 1}},
    {"Date: a\r\nhalf", End::not_a_field, 9, {0, 0, 1}},
    {"Date: a\r\nFrom", End::not_a_field, 9, {0, 0, 1}},
    {"Date: a\r\n\r", End::not_a_field, 9, {0, 0, 1}},
    {"Date: a\r\n\rx", End::not_a_field, 9, {0, 0, 1}},
    {"Date:", End::end_of_message, 5, {0, 0, 1}},
    {"Date: a\r\n", End::end_of_message, 9, {0, 0, 1}},
    {" Date: a\r\n", End::not_a_field, 0, {}},
    {"From x y\r\nDate: a\r\n\r\n", End::blank_line, 21, {0, 0, 1}},
    {">From x\nDate: a\n\n", End::blank_line, 17, {0, 0, 1}},
    {"From \n\n", End::blank_line, 7, {}},
    {"From ", End::end_of_message, 5, {}},
    {"From\n", End::not_a_field, 0, {}},
    {"From : a\n\n", End::blank_line, 10, {0, 0, 0, 0, 1}},
    {"From\t: a\n\n", End::blank_line, 10, {0, 0, 0, 0, 1}},
    {"From\tx\n\n", End::not_a_field, 0, {}},
    {"Date: a\r\nFrom x y\r\n\r\n", End::not_a_field, 9, {0, 0, 1}},
    {"D\xc3\xa4te: a\r\n\r\n", End::not_a_field, 0, {}},
    {std::string(998, 'n') + ":\n\n", End::blank_line, 1001, {}},
    {std::string(999, 'n') + ":\n\n", End::not_a_field, 0, {}},
};

static void check(const HeaderScan& scan, const Case& want) {
  CHECK(scan.end() == want.end);
  CHECK(scan.header_size() == want.size);
  CHECK(scan.counts() == want.counts);
}

TEST_CASE("mime scan: where headers end and what is in them", "[mime]") {
  for (auto& want : cases) {
    CAPTURE(want.in);
    HeaderScan scan;
    scan.feed(want.in);
    scan.finish();
    check(scan, want);
    CHECK(parse(want.in).root().header.size == want.size);
  }
}

TEST_CASE("mime scan: pieces split at every byte change nothing", "[mime]") {
  for (auto& want : cases) {
    CAPTURE(want.in);
    for (size_t at = 0; at <= want.in.size(); at++) {
      HeaderScan scan;
      scan.feed(std::string_view(want.in).substr(0, at));
      scan.feed(std::string_view(want.in).substr(at));
      scan.finish();
      check(scan, want);
    }
    HeaderScan scan;
    for (char c : want.in) scan.feed({&c, 1});
    scan.finish();
    check(scan, want);
  }
}

TEST_CASE("mime scan: the first Message-ID is kept", "[mime]") {
  HeaderScan scan;
  for (char c : std::string("Message-ID:\r\n <one@x>\r\nMessage-ID: <two@x>\r\n\r\n")) {
    scan.feed({&c, 1});
  }
  CHECK(scan.counts().message_id == 2);
  CHECK(scan.message_id() == "<one@x>");
  CHECK(HeaderScan().message_id() == std::nullopt);
}

TEST_CASE("mime scan: limits end it", "[mime]") {
  Limits limits;
  limits.header_lines = 2;
  HeaderScan lines(limits);
  CHECK(lines.feed("Date: a\r\n b\r\nFrom: c\r\n\r\n"));
  CHECK(lines.end() == End::limit);
  CHECK(lines.header_size() == 13);
  CHECK(lines.counts().from == 0);

  std::string endless = "Subject: " + std::string(2 << 20, 'x');
  for (size_t piece : {endless.size(), size_t{1000}}) {
    HeaderScan bytes;
    for (size_t at = 0; at < endless.size(); at += piece) bytes.feed(endless.substr(at, piece));
    CHECK(bytes.end() == End::limit);
    CHECK(bytes.header_size() == Limits().header_bytes);
  }
}
