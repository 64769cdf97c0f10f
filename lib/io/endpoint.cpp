#include "io/endpoint.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>

#include "base/text.h"

namespace tegu::io {

Endpoint::Endpoint(const sockaddr* address, socklen_t length) {
  if (address->sa_family == AF_INET && length >= sizeof v4_) {
    std::memcpy(&v4_, address, sizeof v4_);
  } else if (address->sa_family == AF_INET6 && length >= sizeof v6_) {
    sockaddr_in6 six;
    std::memcpy(&six, address, sizeof six);
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
      v4_.sin_family = AF_INET;
      v4_.sin_port = six.sin6_port;
      std::memcpy(&v4_.sin_addr, six.sin6_addr.s6_addr + 12, 4);
    } else {
      v6_ = six;
      v6_.sin6_flowinfo = 0;
    }
  }
}

std::optional<Endpoint> Endpoint::from_address(std::string_view address, uint16_t port) {
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  std::string text(address);
  sockaddr_in four{};
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    return Endpoint(reinterpret_cast<sockaddr*>(&four), sizeof four);
  }
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    return Endpoint(reinterpret_cast<sockaddr*>(&six), sizeof six);
  }
  return std::nullopt;
}

std::optional<Endpoint> Endpoint::parse(std::string_view host_port) {
  size_t colon = host_port.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = host_port.substr(0, colon);
  auto port = base::parse_number<uint16_t>(host_port.substr(colon + 1));
  bool bracketed = host.starts_with('[');
  if (!port || bracketed != host.ends_with(']')) return std::nullopt;
  auto endpoint = from_address(host, *port);
  // "::1:25" would be read as an address with a port by some and without one by others.
  if (endpoint && bracketed == (host.find(':') == std::string_view::npos)) return std::nullopt;
  return endpoint;
}

static Endpoint name_of(int fd, decltype(::getpeername)* ask) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (ask(fd, reinterpret_cast<sockaddr*>(&storage), &length) < 0) return {};
  return Endpoint(reinterpret_cast<sockaddr*>(&storage), length);
}

Endpoint Endpoint::peer_of(int fd) {
  return name_of(fd, ::getpeername);
}

Endpoint Endpoint::local_of(int fd) {
  return name_of(fd, ::getsockname);
}

std::string Endpoint::address() const {
  char buffer[INET6_ADDRSTRLEN];
  if (is_v4()) return ::inet_ntop(AF_INET, &v4_.sin_addr, buffer, sizeof buffer);
  if (is_v6()) return ::inet_ntop(AF_INET6, &v6_.sin6_addr, buffer, sizeof buffer);
  return "local";
}

std::string Endpoint::text() const {
  if (is_v4()) return address() + ":" + std::to_string(port());
  if (is_v6()) return "[" + address() + "]:" + std::to_string(port());
  return "local";
}

uint16_t Endpoint::port() const {
  if (is_v4()) return ntohs(v4_.sin_port);
  if (is_v6()) return ntohs(v6_.sin6_port);
  return 0;
}

Endpoint Endpoint::with_port(uint16_t port) const {
  Endpoint other = *this;
  if (is_v4()) other.v4_.sin_port = htons(port);
  if (is_v6()) other.v6_.sin6_port = htons(port);
  return other;
}

bool Endpoint::is_loopback() const {
  if (is_v4()) return ntohl(v4_.sin_addr.s_addr) >> 24 == 127;
  if (is_v6()) return IN6_IS_ADDR_LOOPBACK(&v6_.sin6_addr);
  return true;
}

std::string_view Endpoint::bytes() const {
  if (is_v4()) return {reinterpret_cast<const char*>(&v4_.sin_addr), 4};
  if (is_v6()) return {reinterpret_cast<const char*>(&v6_.sin6_addr), 16};
  return {};
}

std::strong_ordering Endpoint::operator<=>(const Endpoint& other) const {
  if (auto order = bytes().size() <=> other.bytes().size(); order != 0) return order;
  if (auto order = bytes().compare(other.bytes()) <=> 0; order != 0) return order;
  return port() <=> other.port();
}

}  // namespace tegu::io
