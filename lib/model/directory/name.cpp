#include "model/directory/name.h"

#include "base/text.h"
#include "base/unicode.h"

namespace tegu::model::directory {

std::string Name::text() const {
  return wire::smtp::format({local, domain});
}

std::string fold_local(std::string_view local) {
  return base::is_ascii(local) ? base::to_lower(local) : base::fold_case(local);
}

Name name_of(const wire::smtp::Address& address) {
  return {fold_local(address.local), address.domain};
}

std::optional<Name> parse_name(std::string_view text) {
  auto address = wire::smtp::parse_mailbox(base::trim(text), true);
  if (!address || address->local.empty() || address->domain.empty()) return std::nullopt;
  return name_of(*address);
}

std::optional<std::string> parse_route_key(std::string_view text) {
  text = base::trim(text);
  if (text == "*") return "*";
  if (text.contains('@')) {
    auto name = parse_name(text);
    return name ? std::optional(name->text()) : std::nullopt;
  }
  bool below = text.starts_with('.');
  auto domain = base::domain_to_ascii(text.substr(below ? 1 : 0));
  if (!domain) return std::nullopt;
  return (below ? "." : "") + *domain;
}

static bool is_host_and_port(std::string_view text) {
  std::string_view host, port;
  if (text.starts_with('[')) {
    size_t close = text.find(']');
    if (close == text.npos) return false;
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    size_t colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (host.empty()) return false;
  for (char c : host) {
    if (!base::is_alnum(c) && !std::string_view(".-_:").contains(c)) return false;
  }
  if (port.empty()) return true;
  auto number = base::parse_number<uint16_t>(port.substr(1));
  return port.front() == ':' && number && *number > 0;
}

std::expected<std::string, std::string> parse_next_hop(std::string_view text) {
  text = base::trim(text);
  std::string lowered = base::to_lower(text);
  std::string_view rest = lowered;
  if (rest == "mx") return lowered;
  if (rest.starts_with("mx:") && base::domain_to_ascii(rest.substr(3))) return lowered;
  for (std::string_view scheme : {"smtp://", "lmtp://", "smtp:", "lmtp:"}) {
    if (!rest.starts_with(scheme)) continue;
    std::string_view where = text.substr(scheme.size());
    if (scheme == "lmtp:" && where.starts_with('/') && where.size() > 1 &&
        where.find_first_of(" \t\r\n\"") == where.npos) {
      return "lmtp:" + std::string(where);
    }
    if (is_host_and_port(where)) return lowered;
    break;
  }
  return std::unexpected("next hop: wants mx, smtp://host:port, lmtp:host:port or lmtp:/path");
}

}  // namespace tegu::model::directory
