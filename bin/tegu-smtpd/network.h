// Networks in CIDR notation, for lists of trusted peers.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/endpoint.h"

namespace tegu::smtpd {

class Network {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or one address. Bits beyond the prefix must be zero.
  [[nodiscard]] static std::optional<Network> parse(std::string_view text);
  // A v4-mapped address is its v4 address; a Unix socket is in no network.
  bool contains(const io::Endpoint& peer) const;
  bool operator==(const Network&) const = default;

 private:
  std::string bytes_;  // 4 or 16
  size_t bits_ = 0;
};

bool contains(const std::vector<Network>& networks, const io::Endpoint& peer);

}  // namespace tegu::smtpd
