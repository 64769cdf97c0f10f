// Header blocks (wire/mime/header.h, scan.h, envelope.h): HeaderScan in pieces ends the header
// where the fields end, chosen and refused fields together are all fields, and ENVELOPE is always
// sound.
#include <string>
#include <vector>

#include "base/text.h"
#include "fuzz.h"
#include "wire/mime/envelope.h"
#include "wire/mime/header.h"
#include "wire/mime/scan.h"
#include "wire/mime/wire_list.h"

using namespace tegu;
using namespace tegu::fuzz;
using namespace tegu::wire::mime;

namespace {

void check_scan(std::string_view bytes, uint8_t seed, const Limits& limits) {
  HeaderScan whole(limits), cut(limits);
  whole.feed(bytes);
  whole.finish();
  Pieces pieces(seed);
  for (std::string_view rest = bytes; !rest.empty();) cut.feed(pieces.next(rest));
  cut.finish();
  require(whole.end() == cut.end() && whole.header_size() == cut.header_size());
  require(whole.counts() == cut.counts() && whole.message_id() == cut.message_id());
  require(whole.header_size() <= bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  uint8_t choice = take_choice(bytes);
  Limits limits;
  if (choice < 32) {
    limits.header_lines = 2 + choice;
    limits.field_bytes = 4 * choice;
    limits.header_bytes = 16 * choice;
  }
  check_scan(bytes, choice, limits);
  size_t raw = 0;
  const char* end = bytes.data();
  for (auto& field : header_fields(bytes, limits)) {
    require(field.raw.data() >= end && field.value.size() <= limits.field_bytes);
    require(!field.name.empty() && field.raw.starts_with(field.name));
    end = field.raw.data() + field.raw.size();
    raw += field.raw.size();
    std::string value = unfold(field.value);
    require(value.find_first_of("\r\n") == value.npos && value.size() <= field.value.size());
  }
  const std::vector<std::string> names{"Subject", "from"};
  size_t listed = select_fields(bytes, names, Choose::listed, limits).size();
  size_t others = select_fields(bytes, names, Choose::not_listed, limits).size();
  size_t blank = select_fields({bytes.data(), bytes.size()}, {}, Choose::listed, limits).size();
  require(listed + others == raw + 2 * blank && blank <= 2);
  (void)find_field(bytes, "Subject", limits);
  require(is_wire_list(envelope_wire(bytes, limits)));
  return 0;
}
