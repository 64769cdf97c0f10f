// Stored structures (wire/mime/packed.h): any bytes, as network input. What is accepted is written
// and read to the same tree, which can be shown.
#include <string>

#include "fuzz.h"
#include "wire/mime/body_structure.h"
#include "wire/mime/packed.h"
#include "wire/mime/wire_list.h"

using namespace tegu::fuzz;
using namespace tegu::wire::mime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto message = decode_structure(view(data, size));
  if (!message) return 0;
  require(!message->parts.empty());
  for (uint32_t i = 0; i < message->parts.size(); i++) {
    const Part& part = message->parts[i];
    require(i == 0 ? part.parent == no_part : part.parent < i);
    require(part.header.end() <= message->size && part.body.end() <= message->size);
    require(part.kind != PartKind::message || is_wire_list(part.envelope));
  }
  require(decode_structure(encode_structure(*message)) == message);
  require(body_structure_wire(*message, true).starts_with('('));
  return 0;
}
