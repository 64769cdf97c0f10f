// Address lists and message ids of header fields (wire/mime/address.h): groups open and close, and
// what we write of an address is read as the same address.
#include <string>

#include "fuzz.h"
#include "wire/mime/address.h"

using namespace tegu::fuzz;
using namespace tegu::wire::mime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view value = view(data, size);
  bool in_group = false;
  for (auto& address : parse_addresses(value)) {
    require(!address.host || address.mailbox);
    if (!address.host) {
      require(address.mailbox.has_value() != in_group);
      in_group = !in_group;
      continue;
    }
    require(address.mailbox->size() + address.host->size() <= size);
    auto spec = address.spec();
    if (address.host->empty()) continue;
    auto again = parse_addresses("<" + spec + ">");
    require(again.size() == 1 && again[0].mailbox == address.mailbox);
  }
  require(!in_group);
  size_t total = 0;
  for (auto& id : message_ids(value)) {
    require(id.size() > 2 && id.starts_with('<') && id.ends_with('>'));
    require(id.find_first_of(" \t\r\n") == id.npos);
    total += id.size();
  }
  require(total <= size);
  return 0;
}
