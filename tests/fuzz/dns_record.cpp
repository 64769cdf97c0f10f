// The data of DNS records (net/dns/record.h): what parses must survive being written and parsed
// again.
#include "fuzz.h"
#include "net/dns/record.h"

using namespace tegu::fuzz;
using namespace tegu::net::dns;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view rdata = view(data, size);
  if (auto name = parse_name(rdata)) {
    require(name->empty() || is_askable(*name));
    require(wire_name(*name) == rdata);
  }
  if (auto mx = parse_mx(rdata)) require(wire_mx(*mx) == rdata);
  if (auto tlsa = parse_tlsa(rdata)) require(wire_tlsa(*tlsa) == rdata);
  if (auto text = parse_txt(rdata)) {
    require(text->size() <= size && parse_txt(wire_txt(*text)) == text);
  }
  for (Type type : {Type::a, Type::aaaa}) {
    if (auto address = parse_address(type, rdata)) {
      require(*address && is_askable(reverse_name(*address)));
    }
  }
  return 0;
}
