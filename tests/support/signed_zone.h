// A DNSSEC key and its signatures (ECDSA P-256, algorithm 13: RFC 4034, RFC 6605), for test servers
// whose answers must validate.
#pragma once
#include <string>
#include <vector>

#include "io/openssl.h"

namespace tegu::test {

class ZoneKey {
 public:
  // `zone` in lower case without the final dot.
  explicit ZoneKey(std::string zone);
  // DNSKEY rdata.
  std::string rdata() const;
  // The key as a zone file line: a resolver's trust anchor.
  std::string anchor() const;
  // RRSIG rdata over all records of one name and type, valid now. `owner` in lower case.
  std::string sign(const std::string& owner, uint16_t type, uint32_t ttl,
                   std::vector<std::string> rdata) const;

 private:
  uint16_t tag() const;
  std::string zone_;
  io::KeyPtr key_;
  std::string public_point_;  // x and y, 64 bytes
};

}  // namespace tegu::test
