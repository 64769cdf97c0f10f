#include "wire/smtp/address.h"

#include <arpa/inet.h>

#include <array>

#include "base/text.h"
#include "base/unicode.h"

namespace tegu::wire::smtp {
namespace {

bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

// RFC 5322 3.2.3
bool is_atext(char c) {
  return base::is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
}

bool is_dot_string(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  for (size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '.' && local[i + 1] == '.') return false;
    if (local[i] != '.' && !is_atext(local[i]) && !is_high(local[i])) return false;
  }
  return true;
}

// Length of the quoted string at the start of text with both quotes, or 0; `out` gets its content.
size_t read_quoted(std::string_view text, bool utf8, std::string& out) {
  for (size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') return i + 1;
    if (c == '\\') {
      if (++i == text.size()) return 0;
      c = text[i];
      if (is_high(c)) return 0;
    }
    if (c < ' ' ? !(utf8 && is_high(c)) : c == 0x7f) return 0;
    out += c;
  }
  return 0;
}

std::optional<std::string> canonical_literal(std::string_view inside) {
  constexpr std::string_view ipv6_tag = "IPv6:";
  bool v6 = base::istarts_with(inside, ipv6_tag);
  if (v6) inside.remove_prefix(ipv6_tag.size());
  std::string text(inside);
  std::array<unsigned char, 16> binary{};
  std::array<char, INET6_ADDRSTRLEN> shown{};
  int family = v6 ? AF_INET6 : AF_INET;
  if (text.contains('\0') || inet_pton(family, text.c_str(), binary.data()) != 1) return {};
  inet_ntop(family, binary.data(), shown.data(), shown.size());
  return std::string(v6 ? "[IPv6:" : "[") + shown.data() + "]";
}

std::optional<std::string> ascii_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return {};
  for (std::string_view label : base::split(name, '.')) {
    if (label.empty() || label.size() > 63) return {};
    if (label.front() == '-' || label.back() == '-') return {};
    for (char c : label) {
      if (!base::is_alnum(c) && c != '-' && c != '_') return {};
    }
  }
  return base::to_lower(name);
}

}  // namespace

std::optional<std::string> parse_domain(std::string_view text, bool utf8) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || text.size() < 3) return {};
    return canonical_literal(text.substr(1, text.size() - 2));
  }
  if (base::is_ascii(text)) return ascii_name(text);
  return utf8 ? base::domain_to_ascii(text) : std::nullopt;
}

namespace {

// Position of the ">" that ends a path, quoted strings skipped; npos when there is none.
size_t find_path_end(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '>' && !quoted) {
      return i;
    }
  }
  return std::string_view::npos;
}

// RFC 5321 appendix C: "@one,@two:" before the mailbox is to be accepted and ignored.
std::optional<std::string_view> drop_source_route(std::string_view text, bool utf8) {
  if (!text.starts_with('@')) return text;
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  for (std::string_view hop : base::split(text.substr(0, colon), ',')) {
    if (!hop.starts_with('@') || !parse_domain(hop.substr(1), utf8)) return {};
  }
  return text.substr(colon + 1);
}

}  // namespace

bool Address::needs_utf8() const {
  return !base::is_ascii(local);
}

std::string format(const Address& address) {
  if (address.is_null()) return {};
  std::string out;
  if (is_dot_string(address.local)) {
    out = address.local;
  } else {
    out = '"';
    for (char c : address.local) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  if (!address.domain.empty()) out += '@' + address.domain;
  return out;
}

std::string_view describe(AddressError error) {
  switch (error) {
    case AddressError::syntax:
      return "bad address syntax";
    case AddressError::local_too_long:
      return "local part is longer than 64 octets";
    case AddressError::domain_too_long:
      return "domain is longer than 255 octets";
    case AddressError::too_long:
      return "address is longer than 254 octets";
    case AddressError::needs_smtputf8:
      return "address needs SMTPUTF8";
  }
  return "bad address";
}

std::expected<Address, AddressError> parse_mailbox(std::string_view text, bool utf8) {
  using Failure = std::unexpected<AddressError>;
  if (base::iequals(text, "postmaster")) return Address{.local = "postmaster", .domain = {}};
  if (!base::is_ascii(text)) {
    if (!utf8) return Failure(AddressError::needs_smtputf8);
    if (!base::is_utf8(text)) return Failure(AddressError::syntax);
  }
  Address address;
  size_t local_end = 0;
  if (text.starts_with('"')) {
    local_end = read_quoted(text, utf8, address.local);
    if (address.local.empty()) return Failure(AddressError::syntax);
  } else {
    local_end = std::min(text.find('@'), text.size());
    if (!is_dot_string(text.substr(0, local_end))) return Failure(AddressError::syntax);
    address.local = text.substr(0, local_end);
  }
  if (local_end == 0 || local_end == text.size() || text[local_end] != '@')
    return Failure(AddressError::syntax);
  if (local_end > max_local_part) return Failure(AddressError::local_too_long);
  std::string_view domain = text.substr(local_end + 1);
  if (domain.size() > max_domain && base::is_ascii(domain))
    return Failure(AddressError::domain_too_long);
  auto canonical = parse_domain(domain, utf8);
  if (!canonical) return Failure(AddressError::syntax);
  address.domain = std::move(*canonical);
  if (format(address).size() > max_path) return Failure(AddressError::too_long);
  return address;
}

std::expected<Path, AddressError> parse_path(std::string_view text, bool utf8, bool null_allowed) {
  using Failure = std::unexpected<AddressError>;
  if (!text.starts_with('<')) return Failure(AddressError::syntax);
  size_t end = find_path_end(text);
  if (end == std::string_view::npos) return Failure(AddressError::syntax);
  std::string_view inside = text.substr(1, end - 1);
  std::string_view rest = text.substr(end + 1);
  if (inside.empty() && null_allowed) return Path{.address = {}, .rest = rest};
  auto mailbox = drop_source_route(inside, utf8);
  if (!mailbox) return Failure(AddressError::syntax);
  auto address = parse_mailbox(*mailbox, utf8);
  if (!address) return Failure(address.error());
  return Path{.address = std::move(*address), .rest = rest};
}

Subaddress split_subaddress(std::string_view local, std::string_view separators) {
  size_t at = local.find_first_of(separators, 1);
  if (separators.empty() || at == std::string_view::npos) return {.user = local, .detail = {}};
  return {.user = local.substr(0, at), .detail = local.substr(at + 1)};
}

}  // namespace tegu::wire::smtp
