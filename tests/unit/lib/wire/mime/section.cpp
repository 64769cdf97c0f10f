#include "wire/mime/section.h"

#include <catch2/catch.hpp>

#include "samples.h"

using namespace tegu::wire::mime;
using Path = std::vector<uint32_t>;

static std::optional<std::string> get(const std::string& bytes, const Path& path, SectionKind kind,
                                      const std::vector<std::string>& fields = {}) {
  return section_bytes(bytes, parse(bytes), path, kind, fields);
}

TEST_CASE("mime section: the numbers of RFC 9051 6.4.5.1", "[mime]") {
  const auto bytes = samples::section_example();
  struct Case {
    Path path;
    SectionKind kind;
    std::optional<std::string> want;
  };
  using enum SectionKind;
  const std::string top_header =
      "Subject: top\r\nFrom: a@b\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n";
  const std::string three_header =
      "Subject: three\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n";
  const std::string three_text =
      "--c\r\n\r\n3.1 text\r\n--c\r\nContent-Type: "
      "application/octet-stream\r\n\r\n3.2\r\n--c--\r\n";
  const Case cases[] = {
      {{}, whole, bytes},
      {{}, header, top_header},
      {{}, text, bytes.substr(top_header.size())},
      {{}, mime, std::nullopt},
      {{1}, whole, "1"},
      {{1}, mime, "Content-Type: text/plain\r\n\r\n"},
      {{1}, header, std::nullopt},
      {{1}, text, std::nullopt},
      {{1, 1}, whole, std::nullopt},
      {{2}, whole, "2"},
      {{3}, whole, three_header + three_text},
      {{3}, mime, "Content-Type: message/rfc822\r\n\r\n"},
      {{3}, header, three_header},
      {{3}, text, three_text},
      {{3, 1}, whole, "3.1 text"},
      {{3, 1}, mime, "\r\n"},
      {{3, 2}, whole, "3.2"},
      {{3, 3}, whole, std::nullopt},
      {{3, 1, 1}, whole, std::nullopt},
      {{4, 1}, whole, "R0lG"},
      {{4, 1}, mime, "Content-Type: image/gif\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"},
      {{4}, header, std::nullopt},
      {{4}, text, std::nullopt},
      {{4, 2}, header, "Subject: four-two\r\nContent-Type: multipart/mixed; boundary=e\r\n\r\n"},
      {{4, 2, 1}, whole, "4.2.1"},
      {{4, 2, 2}, mime, "Content-Type: multipart/alternative; boundary=f\r\n\r\n"},
      {{4, 2, 2, 1}, whole, "4.2.2.1"},
      {{4, 2, 2, 2}, whole, "4.2.2.2"},
      {{4, 2, 2, 2, 1}, whole, std::nullopt},
      {{5}, whole, std::nullopt},
      {{0}, whole, std::nullopt},
      {{4294967295}, whole, std::nullopt},
  };
  for (auto& [path, kind, want] : cases) {
    CAPTURE(path, kind);
    CHECK(get(bytes, path, kind) == want);
  }
}

TEST_CASE("mime section: part 1 of a message that is not multipart", "[mime]") {
  const std::string bytes = "Subject: s\r\n\r\nbody\r\n";
  CHECK(get(bytes, {1}, SectionKind::whole) == "body\r\n");
  CHECK(get(bytes, {1}, SectionKind::mime) == "Subject: s\r\n\r\n");
  CHECK(get(bytes, {1}, SectionKind::text) == std::nullopt);
  CHECK(get(bytes, {1, 1}, SectionKind::whole) == std::nullopt);
  CHECK(get(bytes, {2}, SectionKind::whole) == std::nullopt);
  auto addressed = find_part(parse(bytes), Path{1});
  REQUIRE(addressed);
  CHECK(addressed->part == 0);
  CHECK(addressed->own_body);
}

TEST_CASE("mime section: a message that is an embedded message", "[mime]") {
  const std::string inner = "Subject: in\r\n\r\ntext\r\n";
  const std::string bytes = "Content-Type: message/rfc822\r\n\r\n" + inner;
  CHECK(get(bytes, {}, SectionKind::text) == inner);
  CHECK(get(bytes, {1}, SectionKind::whole) == inner);
  CHECK(get(bytes, {1}, SectionKind::header) == "Subject: in\r\n\r\n");
  CHECK(get(bytes, {1}, SectionKind::text) == "text\r\n");
  CHECK(get(bytes, {1, 1}, SectionKind::whole) == "text\r\n");
  CHECK(get(bytes, {1, 1}, SectionKind::header) == std::nullopt);
  CHECK(get(bytes, {1, 1, 1}, SectionKind::whole) == std::nullopt);
  CHECK(get(bytes, {1, 2}, SectionKind::whole) == std::nullopt);
}

TEST_CASE("mime section: chosen header fields", "[mime]") {
  const auto bytes = samples::section_example();
  CHECK(get(bytes, {}, SectionKind::header_fields, {"from", "X"}) == "From: a@b\r\n\r\n");
  CHECK(get(bytes, {3}, SectionKind::header_fields_not, {"CONTENT-TYPE"}) ==
        "Subject: three\r\n\r\n");
  CHECK(get(bytes, {1}, SectionKind::header_fields, {"content-type"}) == std::nullopt);
}

TEST_CASE("mime section: the empty part of a multipart without parts", "[mime]") {
  const std::string bytes = "Content-Type: multipart/mixed; boundary=b\n\nx";
  CHECK(get(bytes, {1}, SectionKind::whole) == "");
  CHECK(get(bytes, {1}, SectionKind::mime) == "");
  CHECK(get(bytes, {1}, SectionKind::header) == std::nullopt);
  CHECK(get(bytes, {2}, SectionKind::whole) == std::nullopt);
  CHECK(get(bytes, {1, 1}, SectionKind::whole) == std::nullopt);
}
