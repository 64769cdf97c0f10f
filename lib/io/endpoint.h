// Endpoint: an IPv4 or IPv6 address with a port, or nothing of both (a peer on a Unix socket).
#pragma once
#include <netinet/in.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::io {

class Endpoint {
 public:
  // Unspecified: the peer of a Unix socket.
  Endpoint() = default;
  // Copies a socket address; a v4-mapped v6 address becomes v4. Other families: unspecified.
  Endpoint(const sockaddr* address, socklen_t length);

  // "192.0.2.1:25" or "[2001:db8::1]:25": numbers only, no names. An IPv6 zone is not taken.
  [[nodiscard]] static std::optional<Endpoint> parse(std::string_view host_port);
  // "192.0.2.1" or "2001:db8::1", with or without brackets.
  [[nodiscard]] static std::optional<Endpoint> from_address(std::string_view address,
                                                            uint16_t port);
  static Endpoint peer_of(int fd);   // unspecified when there is none
  static Endpoint local_of(int fd);  // unspecified on a Unix socket

  std::string text() const;     // "192.0.2.1:25", "[2001:db8::1]:25", "local"
  std::string address() const;  // "192.0.2.1", "2001:db8::1", "local"
  uint16_t port() const;
  bool is_v4() const { return any_.sa_family == AF_INET; }
  bool is_v6() const { return any_.sa_family == AF_INET6; }
  // 127.0.0.0/8, ::1 and Unix sockets.
  bool is_loopback() const;
  explicit operator bool() const { return any_.sa_family != AF_UNSPEC; }
  // The 4 or 16 bytes of the address in network order, for prefixes and keys; empty on a Unix
  // socket.
  std::string_view bytes() const;
  Endpoint with_port(uint16_t port) const;

  const sockaddr* native() const { return &any_; }
  socklen_t native_size() const { return is_v4() ? sizeof v4_ : sizeof v6_; }

  bool operator==(const Endpoint& other) const { return (*this <=> other) == 0; }
  std::strong_ordering operator<=>(const Endpoint& other) const;

 private:
  union {
    sockaddr any_;
    sockaddr_in v4_;
    sockaddr_in6 v6_{};
  };
};

}  // namespace tegu::io
