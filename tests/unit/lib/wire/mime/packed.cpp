#include "wire/mime/packed.h"

#include <catch2/catch.hpp>

#include "base/bytes.h"
#include "samples.h"
#include "wire/mime/body_structure.h"

using namespace tegu::wire::mime;

static std::string all_fields() {
  return "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
         "Content-Type: image/png; name=\"a b\"\nContent-ID: <1@x>\nContent-Description: some\n"
         "Content-Transfer-Encoding: base64\nContent-Disposition: inline; filename=x\n"
         "Content-Language: en, de\nContent-Location: http://x/\nContent-MD5: m\n\nAAAA\n--b\n"
         "Content-Disposition: ; filename=only\n\n--b\nContent-Type: message/rfc822\n"
         "Content-Transfer-Encoding: base64\n\nx\n--b--";
}

TEST_CASE("mime packed: what goes in comes out", "[mime]") {
  for (const std::string& bytes :
       {std::string(), samples::section_example(), all_fields(), samples::complex_multipart()}) {
    auto message = parse(bytes);
    auto packed = encode_structure(message);
    auto decoded = decode_structure(packed);
    REQUIRE(decoded);
    CHECK(*decoded == message);
    CHECK(encode_structure(*decoded) == packed);
    CHECK(packed.size() < 100 * message.parts.size() + 200);
  }
}

TEST_CASE("mime packed: cut or lengthened bytes are refused", "[mime]") {
  auto packed = encode_structure(parse(all_fields()));
  for (size_t size = 0; size < packed.size(); size++) {
    CAPTURE(size);
    CHECK(!decode_structure(packed.substr(0, size)));
  }
  CHECK(!decode_structure(packed + '\0'));
}

TEST_CASE("mime packed: a changed byte is refused or gives a sound message", "[mime]") {
  const auto bytes = samples::section_example();
  auto packed = encode_structure(parse(bytes));
  size_t refused = 0;
  for (size_t at = 0; at < packed.size(); at++) {
    for (int bit = 0; bit < 8; bit++) {
      auto damaged = packed;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      auto message = decode_structure(damaged);
      refused += message ? 0 : 1;
      if (!message) continue;
      CHECK(!body_structure_wire(*message, true).empty());
      for (auto& part : message->parts) {
        CHECK(part.header.end() <= message->size);
        CHECK(part.body.end() <= message->size);
      }
    }
  }
  CHECK(refused > packed.size());
}

TEST_CASE("mime packed: trees that parse never makes", "[mime]") {
  auto base = parse(samples::section_example());
  auto refused = [&](auto change) {
    Message message = base;
    change(message);
    return !decode_structure(encode_structure(message));
  };
  CHECK(!refused([](Message&) {}));
  CHECK(refused([](Message& m) { m.parts.clear(); }));
  CHECK(refused([](Message& m) { m.size = 10; }));
  CHECK(refused([](Message& m) { m.parts[2].parent = 1; }));                // child of a leaf
  CHECK(refused([](Message& m) { m.parts[2].parent = 2; }));                // of itself
  CHECK(refused([](Message& m) { m.parts[1].kind = PartKind::message; }));  // without a child
  CHECK(refused([](Message& m) { m.parts[3].envelope = "(NIL"; }));
  CHECK(refused([](Message& m) { m.parts[3].envelope = "() \r\nA1 OK"; }));
  CHECK(refused([](Message& m) { m.parts[3].envelope.clear(); }));
  CHECK(refused([](Message& m) { m.parts[1].envelope = "()"; }));
  CHECK(refused([](Message& m) { m.parts[1].header.begin = UINT64_MAX; }));
  CHECK(refused([](Message& m) { m.parts[1].header.size = UINT64_MAX; }));
  CHECK(refused([](Message& m) { m.parts[1].body.size = UINT64_MAX; }));
  CHECK(refused([](Message& m) { m.parts[2].header.begin = m.parts[1].header.begin; }));
  CHECK(refused([](Message& m) { m.parts[1].lines = m.parts[1].body.size + 1; }));

  std::string bytes;
  tegu::base::ByteWriter writer(bytes);
  for (uint64_t number : {1u, 10u, 4'000'000'000u}) writer.varint(number);
  CHECK(!decode_structure(bytes));
  Limits limits;
  limits.parts = 3;
  CHECK(!decode_structure(encode_structure(base), limits));
  limits = {};
  limits.depth = 2;
  CHECK(!decode_structure(encode_structure(base), limits));
}
