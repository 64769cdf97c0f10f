// Resource records: the data that an answer carries, from and to wire format (RFC 1035 3.3, 3596,
// 6698). Names are text without the final dot; what cannot be written that way plainly is refused.
// The bytes come from strangers: nothing is read past their end, nothing recurses, no name is
// compressed (the resolver library has unpacked them).
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/endpoint.h"
#include "io/tls.h"

namespace tegu::net::dns {

enum class Type : uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };
std::string_view type_name(Type type);

struct Mx {
  uint16_t preference = 0;
  std::string host;  // empty: "." (RFC 7505)
  auto operator<=>(const Mx&) const = default;
};
using Tlsa = io::TlsaRecord;

// A name that can be asked for: labels of 1 to 63 printable ASCII characters other than space, dot
// and backslash, together at most 253; a final dot is allowed. A-labels only (no UTF-8).
bool is_askable(std::string_view name);

// An address with port 0.
[[nodiscard]] std::optional<io::Endpoint> parse_address(Type type, std::string_view rdata);
// A whole rdata that is one name.
[[nodiscard]] std::optional<std::string> parse_name(std::string_view rdata);
[[nodiscard]] std::optional<Mx> parse_mx(std::string_view rdata);
// The character-strings joined without anything between (RFC 7208 3.3).
[[nodiscard]] std::optional<std::string> parse_txt(std::string_view rdata);
// With at least one byte of association data; whether usage, selector and matching mean anything is
// for TLS to say.
[[nodiscard]] std::optional<Tlsa> parse_tlsa(std::string_view rdata);

// For fakes and test servers. Names must be askable, or empty for the root.
std::string wire_name(std::string_view name);
std::string wire_mx(const Mx& mx);
std::string wire_txt(std::string_view text);
std::string wire_tlsa(const Tlsa& tlsa);

// "1.2.0.192.in-addr.arpa", "...ip6.arpa" (RFC 1035 3.5, RFC 3596 2.5).
std::string reverse_name(const io::Endpoint& address);

}  // namespace tegu::net::dns
