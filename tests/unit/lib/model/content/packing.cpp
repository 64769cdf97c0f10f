#include "model/content/packing.h"

#include <catch2/catch.hpp>
#include <random>

#include "base/error.h"

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
    std::string cheap = packer.pack(plain, Effort::cheap);
    CHECK(cheap.size() <= plain.size() + 1);
    CHECK(unpacker.unpack(cheap, plain.size()) == plain);
  }
  CHECK(packer.pack(std::string(100000, 'y')).size() < 100);
}

TEST_CASE("content packing: cheap is cheap everywhere, and base64 loses nothing by it",
          "[content]") {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937 random(1);
  std::string base64;
  for (int i = 0; i < 65536; i++) base64 += digits[random() % 64];
  Packer packer;
  size_t thorough = packer.pack(base64).size(), cheap = packer.pack(base64, Effort::cheap).size();
  CHECK(cheap < 50000);
  CHECK(cheap < thorough + thorough / 50);
  // Back to thorough as if nothing had been.
  CHECK(packer.pack(base64).size() == thorough);
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
  CHECK_THROWS_AS(unpacker.unpack("\2abc", 10), Error);
  for (size_t length = 1; length < packed.size(); length++) {
    CHECK_THROWS_AS(unpacker.unpack(packed.substr(0, length), 1000), Error);
  }
}
