// Feeds any bytes as a message to lib/wire/mime: the parser with all its limits lowered by the
// first byte, HeaderScan split in two, ENVELOPE, BODY, BODYSTRUCTURE, sections, text, and the
// packed form both of the parsed message and of the raw bytes. Whatever comes must be sound.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/mime/body_structure.h"
#include "wire/mime/envelope.h"
#include "wire/mime/header.h"
#include "wire/mime/message.h"
#include "wire/mime/packed.h"
#include "wire/mime/scan.h"
#include "wire/mime/section.h"
#include "wire/mime/text.h"
#include "wire/mime/wire_list.h"

using namespace tegu::wire::mime;

static void require(bool holds) {
  if (!holds) std::abort();
}

static void check_sections(std::string_view bytes, const Message& message) {
  for (uint32_t first = 1; first < 4; first++) {
    for (uint32_t second = 0; second < 4; second++) {
      std::vector<uint32_t> path{first, second};
      if (second == 0) path.pop_back();
      for (auto kind : {SectionKind::whole, SectionKind::header, SectionKind::header_fields,
                        SectionKind::header_fields_not, SectionKind::text, SectionKind::mime}) {
        auto found = section_bytes(bytes, message, path, kind, {"Subject"});
        require(!found || found->size() <= bytes.size());
      }
    }
  }
}

static void check_scan(std::string_view bytes, const Message& message, const Limits& limits) {
  HeaderScan scan(limits);
  scan.feed(bytes.substr(0, bytes.size() / 2));
  scan.feed(bytes.substr(bytes.size() / 2));
  scan.finish();
  if (scan.end() == HeaderScan::End::limit) return;
  require(scan.header_size() == message.root().header.size);
  uint32_t received = 0;
  for (auto& field : header_fields(bytes, limits)) received += field.name == "Received" ? 1 : 0;
  require(scan.counts().received >= received);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto stored = decode_structure(bytes)) {
    require(decode_structure(encode_structure(*stored)) == *stored);
    body_structure_wire(*stored, true);
  }
  Limits limits;
  if (!bytes.empty()) {
    auto tighter = static_cast<uint32_t>(static_cast<unsigned char>(bytes.front()));
    bytes.remove_prefix(1);
    if (tighter < 16) {
      limits.depth = tighter;
      limits.parts = 1 + tighter;
      limits.header_lines = 2 + tighter;
      limits.field_bytes = 8 * tighter;
      limits.boundary_bytes = 1 + tighter;
    }
  }
  auto message = parse(bytes, limits);
  require(message.parts.size() <= limits.parts);
  require(message.root().body.end() == bytes.size());
  for (auto& part : message.parts) {
    auto body = slice(bytes, part.body);
    require(body.size() == part.body.size);
    require(part.lines == static_cast<uint64_t>(std::ranges::count(body, '\n')));
    require(text_of(bytes, part, limits).value_or("").size() <= limits.text_bytes);
  }
  require(decode_structure(encode_structure(message), limits) == message);
  require(is_wire_list(envelope_wire(bytes, limits)));
  body_structure_wire(message, false);
  body_structure_wire(message, true);
  preview_of(bytes, message);
  header_text(bytes, limits);
  check_sections(bytes, message);
  check_scan(bytes, message, limits);
  return 0;
}
