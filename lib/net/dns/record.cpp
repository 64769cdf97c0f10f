#include "net/dns/record.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"

namespace tegu::net::dns {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::a:
      return "A";
    case Type::ptr:
      return "PTR";
    case Type::mx:
      return "MX";
    case Type::txt:
      return "TXT";
    case Type::aaaa:
      return "AAAA";
    case Type::tlsa:
      return "TLSA";
  }
  return "?";
}

static bool is_plain(char c) {
  return c > ' ' && c < 0x7f && c != '.' && c != '\\';
}

bool is_askable(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return false;
  size_t label = 0;
  for (char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!is_plain(c) || ++label > 63) {
      return false;
    }
  }
  return label > 0;
}

// Takes a name from the front of `rest`.
static std::optional<std::string> take_name(std::string_view& rest) {
  std::string name;
  for (size_t octets = 1;;) {
    if (rest.empty()) return std::nullopt;
    const size_t length = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    if (length == 0) return name;
    octets += length + 1;
    // RFC 1035 2.3.4; above 63 would be a compression pointer.
    if (length > 63 || octets > 255 || length > rest.size()) return std::nullopt;
    std::string_view label = rest.substr(0, length);
    if (!std::all_of(label.begin(), label.end(), is_plain)) return std::nullopt;
    if (!name.empty()) name += '.';
    name += label;
    rest.remove_prefix(length);
  }
}

std::optional<io::Endpoint> parse_address(Type type, std::string_view rdata) {
  if (type == Type::a && rdata.size() == 4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, rdata.data(), 4);
    return io::Endpoint(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  if (type == Type::aaaa && rdata.size() == 16) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, rdata.data(), 16);
    return io::Endpoint(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  return std::nullopt;
}

std::optional<std::string> parse_name(std::string_view rdata) {
  auto name = take_name(rdata);
  if (!rdata.empty()) return std::nullopt;
  return name;
}

std::optional<Mx> parse_mx(std::string_view rdata) {
  if (rdata.size() < 3) return std::nullopt;
  const auto high = static_cast<unsigned char>(rdata[0]);
  const auto low = static_cast<unsigned char>(rdata[1]);
  auto host = parse_name(rdata.substr(2));
  if (!host) return std::nullopt;
  return Mx{static_cast<uint16_t>(high << 8 | low), std::move(*host)};
}

std::optional<std::string> parse_txt(std::string_view rdata) {
  if (rdata.empty()) return std::nullopt;
  std::string text;
  while (!rdata.empty()) {
    const size_t length = static_cast<unsigned char>(rdata.front());
    rdata.remove_prefix(1);
    if (length > rdata.size()) return std::nullopt;
    text += rdata.substr(0, length);
    rdata.remove_prefix(length);
  }
  return text;
}

std::optional<Tlsa> parse_tlsa(std::string_view rdata) {
  if (rdata.size() < 4) return std::nullopt;
  return Tlsa{static_cast<uint8_t>(rdata[0]), static_cast<uint8_t>(rdata[1]),
              static_cast<uint8_t>(rdata[2]), std::string(rdata.substr(3))};
}

std::string wire_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (!name.empty() && !is_askable(name)) bug("not a domain name");
  std::string wire;
  while (!name.empty()) {
    std::string_view label = name.substr(0, name.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  wire += '\0';
  return wire;
}

std::string wire_mx(const Mx& mx) {
  std::string wire{static_cast<char>(mx.preference >> 8), static_cast<char>(mx.preference & 0xff)};
  return wire + wire_name(mx.host);
}

std::string wire_txt(std::string_view text) {
  std::string wire;
  do {
    std::string_view piece = text.substr(0, 255);
    wire += static_cast<char>(piece.size());
    wire += piece;
    text.remove_prefix(piece.size());
  } while (!text.empty());
  return wire;
}

std::string wire_tlsa(const Tlsa& tlsa) {
  return std::string{static_cast<char>(tlsa.usage), static_cast<char>(tlsa.selector),
                     static_cast<char>(tlsa.matching)} +
         tlsa.association;
}

std::string reverse_name(const io::Endpoint& address) {
  static constexpr char digits[] = "0123456789abcdef";
  const std::string_view bytes = address.bytes();
  std::string name;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    const auto value = static_cast<unsigned char>(*byte);
    if (address.is_v4()) {
      name += std::to_string(value) + ".";
    } else {
      name += {digits[value & 15], '.', digits[value >> 4], '.'};
    }
  }
  return name + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

}  // namespace tegu::net::dns
