#include "network.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::smtpd {
namespace {

bool bit(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at / 8]) >> (7 - at % 8) & 1;
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  text = base::trim(text);
  size_t slash = text.find('/');
  auto address = io::Endpoint::from_address(text.substr(0, slash), 0);
  if (!address) return {};
  Network network;
  network.bytes_ = address->bytes();
  network.bits_ = network.bytes_.size() * 8;
  if (slash == std::string_view::npos) return network;
  auto bits = base::parse_number<size_t>(text.substr(slash + 1));
  if (!bits || *bits > network.bits_) return {};
  for (size_t i = *bits; i < network.bits_; ++i) {
    if (bit(network.bytes_, i)) return {};
  }
  network.bits_ = *bits;
  return network;
}

bool Network::contains(const io::Endpoint& peer) const {
  std::string_view other = peer.bytes();
  if (other.size() != bytes_.size()) return false;
  for (size_t i = 0; i < bits_; ++i) {
    if (bit(bytes_, i) != bit(other, i)) return false;
  }
  return true;
}

bool contains(const std::vector<Network>& networks, const io::Endpoint& peer) {
  return std::ranges::any_of(networks,
                             [&](const Network& network) { return network.contains(peer); });
}

}  // namespace tegu::smtpd
