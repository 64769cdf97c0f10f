// Whole messages (wire/mime/message.h, parser.h): pieces give what the whole gives, the tree's
// ranges lie inside each other, line counts are true, sections lie inside the message,
// BODYSTRUCTURE and the packed form are sound. The first byte may lower the limits.
#include <span>
#include <string>
#include <vector>

#include "fuzz.h"
#include "wire/mime/body_structure.h"
#include "wire/mime/message.h"
#include "wire/mime/packed.h"
#include "wire/mime/parser.h"
#include "wire/mime/scan.h"
#include "wire/mime/section.h"
#include "wire/mime/text.h"
#include "wire/mime/wire_list.h"

using namespace tegu::fuzz;
using namespace tegu::wire::mime;

namespace {

void check_sections(std::string_view bytes, const Message& message) {
  const uint32_t paths[][2] = {{1, 0}, {2, 0}, {1, 1}, {1, 2}, {2, 1}};
  for (auto& numbers : paths) {
    std::span<const uint32_t> path(numbers, numbers[1] == 0 ? 1 : 2);
    for (auto kind :
         {SectionKind::whole, SectionKind::header, SectionKind::text, SectionKind::mime}) {
      auto range = find_section(message, path, kind);
      require(!range || range->end() <= bytes.size());
    }
  }
}

void check_tree(std::string_view bytes, const Message& message) {
  require(message.size == bytes.size() && message.root().body.end() == bytes.size());
  for (uint32_t i = 0; i < message.parts.size(); i++) {
    const Part& part = message.parts[i];
    require(part.header.end() == part.body.begin && part.body.end() <= bytes.size());
    auto body = slice(bytes, part.body);
    require(part.lines == static_cast<uint64_t>(std::ranges::count(body, '\n')));
    if (i == 0) continue;
    require(part.parent < i);
    const Part& parent = message.parts[part.parent];
    require(parent.kind != PartKind::leaf);
    require(part.header.begin >= parent.body.begin && part.body.end() <= parent.body.end());
  }
}

Message parse_pieces(std::string_view bytes, uint8_t seed, const Limits& limits) {
  Parser parser(limits);
  Pieces pieces(seed);
  while (!bytes.empty()) parser.feed(pieces.next(bytes));
  return parser.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  uint32_t tighter = take_choice(bytes);
  Limits limits;
  limits.text_bytes = 4096;
  if (tighter < 16) {
    limits.depth = tighter;
    limits.parts = 1 + tighter;
    limits.header_lines = 2 + tighter;
    limits.field_bytes = 8 * tighter;
    limits.boundary_bytes = 1 + tighter;
  }
  auto message = parse(bytes, limits);
  require(message.parts.size() <= limits.parts);
  check_tree(bytes, message);
  HeaderScan scan(limits);
  scan.feed(bytes);
  scan.finish();
  require(scan.end() == HeaderScan::End::limit || scan.header_size() == message.root().header.size);
  require(parse_pieces(bytes, static_cast<uint8_t>(tighter), limits) == message);
  require(decode_structure(encode_structure(message), limits) == message);
  for (bool extensible : {false, true})
    require(body_structure_wire(message, extensible).starts_with('('));
  require(preview_of(bytes, message, 50, limits).size() <= 200);
  for (auto& part : message.parts)
    require(text_of(bytes, part, limits).value_or("").size() <= limits.text_bytes);
  check_sections(bytes, message);
  return 0;
}
