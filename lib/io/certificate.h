// A certificate for tests, trials and the time before the first real one.
#pragma once
#include <chrono>
#include <string>
#include <vector>

namespace tegu::io {

struct CertificateAndKey {
  std::string certificate;  // PEM
  std::string key;          // PEM, PKCS #8, not encrypted
};

// Self-signed ECDSA P-256, valid from an hour ago. `names`: DNS names or IP addresses, the first
// one is the subject; all are subject alternative names (RFC 6125). Throws UsageError without a
// name or on one that is no name.
CertificateAndKey make_self_signed(const std::vector<std::string>& names,
                                   std::chrono::days valid = std::chrono::days(3650));

}  // namespace tegu::io
