// Mail addresses as the envelope has them: RFC 5321 4.1.2 (Mailbox, Path), RFC 6531 3.3 (UTF-8
// local parts and U-labels). Not the addresses of header fields: those are wire/mime's.
#pragma once
#include <compare>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::wire::smtp {

// Limits of RFC 5321 4.5.3.1.1 to 4.5.3.1.3, in octets.
constexpr size_t max_local_part = 64;
constexpr size_t max_domain = 255;
constexpr size_t max_path = 254;  // without the angle brackets (RFC 3696 erratum 1690)

// A mailbox. The local part is without quotes and backslashes, its case kept. The domain is in the
// DNS's form (A-labels, lower case, no final dot) or an address literal "[192.0.2.1]",
// "[IPv6:2001:db8::1]". Both empty: the null path "<>". Only the domain empty: "postmaster".
struct Address {
  std::string local;
  std::string domain;

  bool is_null() const { return local.empty() && domain.empty(); }
  // The local part needs SMTPUTF8 on the way.
  bool needs_utf8() const;
  auto operator<=>(const Address&) const = default;
};

// The mailbox on the wire without angle brackets, local part quoted where needed; "" for the null
// path. parse_mailbox reads it back to the same value.
std::string format(const Address& address);

enum class AddressError { syntax, local_too_long, domain_too_long, too_long, needs_smtputf8 };
// For people: "local part is longer than 64 octets".
std::string_view describe(AddressError error);

// All of text as Mailbox ("a@b.org", "\"a b\"@b.org", "a@[192.0.2.1]"). Octets above 127 are
// refused unless utf8 (RFC 6531). A bare "postmaster" in any case is allowed (RFC 5321 4.5.1).
[[nodiscard]] std::expected<Address, AddressError> parse_mailbox(std::string_view text, bool utf8);

// A path at the start of text; `rest` is what follows the ">". Source routes are read and dropped
// (RFC 5321 appendix C). "<>" is allowed only when null_allowed.
struct Path {
  Address address;
  std::string_view rest;
};
[[nodiscard]] std::expected<Path, AddressError> parse_path(std::string_view text, bool utf8,
                                                           bool null_allowed);

// A host name or an address literal, in Address::domain's form; what HELO and EHLO take.
// Underscores are tolerated, as many hosts and some mail domains have them.
[[nodiscard]] std::optional<std::string> parse_domain(std::string_view text, bool utf8);

// "user+folder" with separators "+-": {"user", "folder"}; the first separator that is not the first
// character counts. Without one the detail is empty (RFC 5233).
struct Subaddress {
  std::string_view user;
  std::string_view detail;
};
Subaddress split_subaddress(std::string_view local, std::string_view separators);

}  // namespace tegu::wire::smtp
