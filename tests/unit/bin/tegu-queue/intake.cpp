#include "intake.h"

#include <sys/mman.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/handle.h"

using namespace tegu;
using wire::smtp::BodyType;

static const wire::smtp::Address sender{.local = "a b", .domain = "c.org"};

TEST_CASE("queue intake: our Return-Path line at the top, the rest as it came", "[queue]") {
  const std::string line = "Return-Path: <\"a b\"@c.org>\r\n";
  for (std::string_view letter :
       {"A: b\r\n\r\nx\r\n", "return-path: <x@y>\r\nA: b\r\n\r\nx\r\n",
        "\r\nReturn-Path: <x@y>\r\n", "Return-Path: <x@y>", " folded\r\n\r\n", ""}) {
    std::string stored = queue::with_return_path(std::string(letter), sender);
    CHECK(stored == line + std::string(letter));
    CHECK(queue::return_path_length(stored) == line.size());
  }
  CHECK(queue::with_return_path("", {}) == "Return-Path: <>\r\n");
  CHECK(queue::return_path_length("A: b\r\n") == 0);
}

TEST_CASE("queue intake: what the octets are", "[queue]") {
  struct {
    std::string_view text;
    BodyType want;
  } table[] = {
      {"", BodyType::seven_bit},
      {"A: b\r\n\r\nx\r\n", BodyType::seven_bit},
      {"A: b\r\n\r\n\xc3\xa4\r\n", BodyType::eight_bit_mime},
      {"A: b\r\n\r\nx\ny\r\n", BodyType::binary_mime},
      {"A: b\r\n\r\nx\ry\r\n", BodyType::binary_mime},
      {"A: b\r\n\r\nx\r", BodyType::binary_mime},
      {"\n", BodyType::binary_mime},
      {"A: b\r\r\n", BodyType::binary_mime},
      {"A: b\n\r\n", BodyType::binary_mime},
      {std::string_view("A\0b\r\n", 5), BodyType::binary_mime},
  };
  for (const auto& row : table) {
    CHECK(queue::body_type(row.text) == row.want);
    for (size_t split = 0; split <= row.text.size(); split++) {
      queue::BodyScan scan;
      scan.feed(row.text.substr(0, split));
      scan.feed(row.text.substr(split));
      CHECK(scan.type() == row.want);
    }
  }
}

TEST_CASE("queue intake: a descriptor is read from its start", "[queue]") {
  base::Fd fd(::memfd_create("letter", MFD_CLOEXEC));
  REQUIRE(::write(fd.get(), "0123456789", 10) == 10);
  CHECK(queue::read_letter(fd.get(), 10) == "0123456789");
  CHECK(queue::read_letter(fd.get(), 4) == "0123");
  CHECK(queue::read_letter(fd.get(), 0) == "");
  // Longer than a string's own buffer, shorter than its next capacity.
  REQUIRE(::write(fd.get(), "0123456789", 10) == 10);
  CHECK(queue::read_letter(fd.get(), 20) == "01234567890123456789");
  CHECK_THROWS_AS(queue::read_letter(fd.get(), 21), base::Error);
  CHECK_THROWS_AS(queue::read_letter(-1, 1), base::SystemError);
}
