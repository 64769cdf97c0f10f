// Where a delivery goes next: the text that the router writes and the queue keeps, in parts.
//   "" or "mx"            the MX of the recipient's domain
//   "mx:example.org"      the MX of another domain
//   "smtp://host:port"    that host; port 25 when missing; "smtp:host:port" too
//   "lmtp://host:port"    LMTP over TCP; port 24 when missing; "lmtp:host:port" too
//   "lmtp:/run/x.sock"    LMTP over a Unix socket
//   "route"               not known yet: ask the router when its turn comes
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "wire/smtp/address.h"

namespace tegu::queue {

struct Hop {
  enum class Kind { mx, host, unix_socket, route };
  Kind kind = Kind::mx;
  bool lmtp = false;
  std::string host;  // domain of mx, name or address without brackets, or path
  uint16_t port = 25;

  // What shares connections and concurrency: "mx:example.org", "smtp://mail.example.org:25".
  std::string name() const;
  bool operator==(const Hop&) const = default;
};

inline constexpr std::string_view ask_router = "route";

// The error says what is wrong with the text.
[[nodiscard]] std::expected<Hop, std::string> parse_hop(std::string_view text,
                                                        const wire::smtp::Address& recipient);

}  // namespace tegu::queue
