// Names as the directory keeps them: domains as the DNS has them, local parts folded, so that
// looking up is comparing bytes. Pure.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "wire/smtp/address.h"

namespace tegu::model::directory {

// "Alice@Bücher.Example" -> {"alice", "xn--bcher-kva.example"}; a local part is compared without
// case everywhere in this system (RFC 5321 2.4 leaves it to the host). Texts without a domain are
// refused.
struct Name {
  std::string local;
  std::string domain;
  std::string text() const;  // "alice@xn--bcher-kva.example", quoted where needed
  auto operator<=>(const Name&) const = default;
};
[[nodiscard]] std::optional<Name> parse_name(std::string_view text);
std::string fold_local(std::string_view local);
Name name_of(const wire::smtp::Address& address);

// The key of a route: a domain, ".domain" (it and all below), "user@domain" or "*" (the rest).
[[nodiscard]] std::optional<std::string> parse_route_key(std::string_view text);

// Where a route leads: "mx", "mx:domain", "smtp://host:port", "lmtp://host:port", "lmtp:host:port",
// "lmtp:/path". The text that the queue understands, or what is wrong.
[[nodiscard]] std::expected<std::string, std::string> parse_next_hop(std::string_view text);

}  // namespace tegu::model::directory
