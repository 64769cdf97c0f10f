// The data of DNS records: what parses must survive being written and parsed again.
#include "net/dns/record.h"

#include "base/error.h"

using namespace tegu;
using namespace tegu::net::dns;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view rdata(reinterpret_cast<const char*>(data), size);
  if (auto name = parse_name(rdata)) {
    if (!name->empty() && !is_askable(*name)) bug("a name that cannot be asked for");
    if (wire_name(*name) != rdata) bug("name");
  }
  if (auto mx = parse_mx(rdata); mx && wire_mx(*mx) != rdata) bug("MX");
  if (auto tlsa = parse_tlsa(rdata); tlsa && wire_tlsa(*tlsa) != rdata) bug("TLSA");
  if (auto text = parse_txt(rdata); text && parse_txt(wire_txt(*text)) != text) bug("TXT");
  for (Type type : {Type::a, Type::aaaa}) {
    if (auto address = parse_address(type, rdata); address && !*address) bug("address");
  }
  return 0;
}
