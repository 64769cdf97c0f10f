#include "model/content/packing.h"

#include <catch2/catch.hpp>
#include <random>

#include "base/error.h"
#include "base/text.h"

using namespace tegu::model::content;
using tegu::base::Error;

TEST_CASE("content packing: comes back, whatever it is", "[content]") {
  std::mt19937 random(1);
  std::string noise;
  for (int i = 0; i < 70000; i++) noise += static_cast<char>(random());
  Packer packer;
  Unpacker unpacker;
  for (const std::string& plain :
       {std::string(), std::string("a"), std::string(63, 'x'), std::string(64, 'x'),
        std::string(8191, 'x'), std::string(8192, 'x'), std::string(100000, 'y'), noise,
        noise.substr(0, 8191), std::string("\0\1\2", 3)}) {
    std::string packed = packer.pack(plain);
    CHECK(packed.size() <= plain.size() + 1);
    CHECK(unpacker.unpack(packed, plain.size()) == plain);
    for (Effort effort : {Effort::small, Effort::fast}) {
      std::string body = packer.pack_body(plain, effort);
      CHECK(body.size() <= plain.size() + 1);
      CHECK((unpacker.unpack(body, plain.size()) == plain));
      if (!plain.empty()) CHECK_THROWS_AS(unpacker.unpack(body, plain.size() - 1), Error);
    }
  }
  CHECK(packer.pack(std::string(100000, 'y')).size() < 100);
}

namespace {

// Octets that nothing makes shorter, as base64 in lines of so many digits.
std::string base64_of(size_t lines, size_t digits) {
  std::mt19937 random(static_cast<unsigned>(lines * digits));
  std::string text;
  for (size_t line = 0; line < lines; line++) {
    std::string octets;
    while (octets.size() < digits / 4 * 3) octets += static_cast<char>(random());
    octets.resize(digits / 4 * 3);
    text += tegu::base::base64_encode(octets) + "\r\n";
  }
  return text;
}

std::string text_of(size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; i++) text += "Line " + std::to_string(i) + " of this.\r\n";
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("content packing: text packs for reading and for writing", "[content]") {
  Packer packer;
  std::string text = text_of(65536);
  size_t read = packer.pack_body(text).size();
  CHECK(read < text.size() / 2);
  CHECK(packer.pack_body(text, Effort::fast).size() < text.size() * 3 / 4);
  // Back as if nothing had been.
  CHECK(packer.pack_body(text).size() == read);
}

TEST_CASE("content packing: base64 is kept as what it stands for", "[content]") {
  Packer packer;
  Unpacker unpacker;
  for (size_t digits : {4, 60, 64, 76, 1020}) {
    std::string lines = base64_of(40000 / digits, digits);
    // What stands before and behind, and a chunk's border in the middle of a line.
    for (std::string plain :
         {lines, text_of(3000) + lines, lines + "AAAA==\r\n--b--\r\n", lines.substr(digits / 2),
          lines.substr(0, lines.size() - digits), "\r\n" + lines + text_of(1000) + lines + "A",
          base64_of(20, 76) + "--b\r\n\r\n" + lines}) {
      for (Effort effort : {Effort::small, Effort::fast}) {
        std::string packed = packer.pack_body(plain, effort);
        CHECK(packed[0] == 3);
        CHECK((unpacker.unpack(packed, plain.size()) == plain));
        CHECK_THROWS_AS(unpacker.unpack(packed, plain.size() - 1), Error);
        for (size_t length : {size_t{1}, size_t{9}, size_t{10}, size_t{11}, packed.size() / 2})
          CHECK_THROWS_AS(unpacker.unpack(packed.substr(0, length), plain.size()), Error);
      }
    }
    CHECK(packer.pack_body(lines).size() < (lines.size() * 3 / 4) + 100);
  }
}

TEST_CASE("content packing: what only looks like base64 stays as it is", "[content]") {
  Packer packer;
  Unpacker unpacker;
  std::string lines = base64_of(300, 76), lf = lines, padded, long_lines = base64_of(20, 1024);
  std::erase(lf, '\r');
  for (int i = 0; i < 300; i++) padded += std::string(73, 'A') + "===\r\n";
  for (const std::string& plain :
       {lf, padded, long_lines, base64_of(300, 76).substr(0, 1000), std::string(30000, 'A')}) {
    std::string packed = packer.pack_body(plain);
    CHECK(packed[0] != 3);
    CHECK((unpacker.unpack(packed, plain.size()) == plain));
  }
  // One digit that is none ends the run.
  for (char junk : {'\0', '=', '-', ' ', '\x80', '\xff'}) {
    lines[50 * 78 + 7] = junk;
    CHECK((unpacker.unpack(packer.pack_body(lines), lines.size()) == lines));
  }
}

TEST_CASE("content packing: damaged base64", "[content]") {
  Packer packer;
  Unpacker unpacker;
  std::string lines = base64_of(100, 76), packed = packer.pack_body(lines);
  for (size_t at = 1; at < 10; at++) {
    std::string damaged = packed;
    damaged[at] = '\xff';
    CHECK_THROWS_AS(unpacker.unpack(damaged, lines.size()), Error);
  }
  std::string no_digits = packed, nested = packed.substr(0, 10) + packed;
  no_digits[9] = 0;
  CHECK_THROWS_AS(unpacker.unpack(no_digits, lines.size()), Error);
  CHECK_THROWS_AS(unpacker.unpack(nested, 100000), Error);
}

TEST_CASE("content packing: packers of one thread follow and overlap", "[content]") {
  Unpacker unpacker;
  std::string text, other;
  for (int i = 0; i < 500; i++) text += "line " + std::to_string(i) + "\r\n";
  for (int i = 0; i < 900; i++) other += std::to_string(i * 7919);
  std::string first = Packer().pack(text);
  CHECK(first.size() < text.size());
  Packer one, two(true);
  CHECK(unpacker.unpack(two.pack(other), other.size()) == other);
  CHECK(one.pack(text) == first);
  CHECK(two.pack(text) != first);
  CHECK(Packer().pack(text) == first);
}

TEST_CASE("content packing: limits and damage", "[content]") {
  Packer packer;
  Unpacker unpacker;
  std::string packed = packer.pack(std::string(1000, 'z'));
  CHECK_THROWS_AS(unpacker.unpack(packed, 999), Error);
  CHECK_THROWS_AS(unpacker.unpack(packer.pack("short"), 4), Error);
  CHECK_THROWS_AS(unpacker.unpack("", 10), Error);
  CHECK_THROWS_AS(unpacker.unpack("\4abc", 10), Error);
  for (size_t length = 1; length < packed.size(); length++) {
    CHECK_THROWS_AS(unpacker.unpack(packed.substr(0, length), 1000), Error);
  }
}
