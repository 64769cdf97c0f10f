// DNSSEC against real libunbound: secure, insecure and forged answers of a self-signed zone.
#include "support/signed_zone.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/text.h"
#include "net/dns/record.h"

namespace tegu::test {

using net::dns::wire_name;

constexpr char algorithm = 13;

static std::string number(uint64_t value, int bytes) {
  std::string wire;
  while (bytes-- > 0) wire += static_cast<char>(value >> (8 * bytes) & 0xff);
  return wire;
}

ZoneKey::ZoneKey(std::string zone) : zone_(std::move(zone)), key_(EVP_EC_gen("P-256")) {
  unsigned char* point = nullptr;
  size_t length = EVP_PKEY_get1_encoded_public_key(key_.get(), &point);
  if (length != 65) bug("a P-256 point has 65 bytes");
  public_point_.assign(reinterpret_cast<char*>(point) + 1, 64);
  OPENSSL_free(point);
}

std::string ZoneKey::rdata() const {
  // RFC 4034 2.1: zone key and secure entry point, protocol 3.
  return number(257, 2) + '\3' + algorithm + public_point_;
}

std::string ZoneKey::anchor() const {
  return zone_ + ". IN DNSKEY 257 3 13 " + base::base64_encode(public_point_) + "\n";
}

// RFC 4034 appendix B.
uint16_t ZoneKey::tag() const {
  uint32_t sum = 0;
  const std::string key = rdata();
  for (size_t i = 0; i < key.size(); i++) {
    sum += static_cast<unsigned char>(key[i]) << (i % 2 ? 0 : 8);
  }
  return static_cast<uint16_t>(sum + (sum >> 16));
}

std::string ZoneKey::sign(const std::string& owner, uint16_t type, uint32_t ttl,
                          std::vector<std::string> rdata) const {
  using namespace std::chrono;
  const auto now =
      static_cast<uint64_t>(duration_cast<seconds>(system_clock::now().time_since_epoch()).count());
  const auto labels = static_cast<char>(std::ranges::count(owner, '.') + 1);
  std::string signature = number(type, 2) + algorithm + labels + number(ttl, 4) +
                          number(now + 86400, 4) + number(now - 86400, 4) + number(tag(), 2) +
                          wire_name(zone_);
  // RFC 4034 3.1.8.1 and 6.3.
  std::string covered = signature;
  std::ranges::sort(rdata);
  for (auto& record : rdata) {
    covered += wire_name(owner) + number(type, 2) + number(1, 2) + number(ttl, 4) +
               number(record.size(), 2) + record;
  }
  base::Handle<EVP_MD_CTX, EVP_MD_CTX_free> digest(EVP_MD_CTX_new());
  unsigned char der[256];
  size_t length = sizeof der;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(digest.get(), der, &length,
                     reinterpret_cast<const unsigned char*>(covered.data()), covered.size()) != 1) {
    throw base::Error("signing a record: " + io::openssl_error());
  }
  const unsigned char* at = der;
  base::Handle<ECDSA_SIG, ECDSA_SIG_free> parts(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length)));
  unsigned char raw[64];
  BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), raw, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), raw + 32, 32);
  return signature + std::string(reinterpret_cast<char*>(raw), sizeof raw);
}

}  // namespace tegu::test
