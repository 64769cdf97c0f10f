#include "hop.h"

#include "base/text.h"

namespace tegu::queue {
namespace {

using Failure = std::unexpected<std::string>;

// "host", "host:port", "[2001:db8::1]:port"
std::expected<Hop, std::string> parse_host(std::string_view text, bool lmtp) {
  Hop hop{.kind = Hop::Kind::host, .lmtp = lmtp, .host = {}, .port = uint16_t(lmtp ? 24 : 25)};
  std::string_view port;
  if (text.starts_with('[')) {
    size_t close = text.find(']');
    if (close == std::string_view::npos) return Failure("next hop: \"]\" is missing");
    hop.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    size_t colon = std::min(text.find(':'), text.size());
    hop.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (hop.host.empty()) return Failure("next hop: the host is missing");
  for (char c : hop.host) {
    if (!base::is_alnum(c) && !std::string_view(".-_:").contains(c))
      return Failure("next hop: this is no host: " + base::escape_controls(hop.host));
  }
  hop.host = base::to_lower(hop.host);
  if (port.empty()) return hop;
  auto number = base::parse_number<uint16_t>(port.substr(1));
  if (!port.starts_with(':') || !number || *number == 0)
    return Failure("next hop: the port wants a number from 1 to 65535");
  hop.port = *number;
  return hop;
}

}  // namespace

std::string Hop::name() const {
  switch (kind) {
    case Kind::mx:
      return "mx:" + host;
    case Kind::route:
      return std::string(ask_router);
    case Kind::unix_socket:
      return "lmtp:" + host;
    case Kind::host:
      break;
  }
  bool literal = host.contains(':');
  return std::string(lmtp ? "lmtp://" : "smtp://") + (literal ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

std::expected<Hop, std::string> parse_hop(std::string_view text,
                                          const wire::smtp::Address& recipient) {
  if (text == ask_router) return Hop{.kind = Hop::Kind::route, .host = {}};
  if (text.empty() || text == "mx") {
    if (recipient.domain.empty()) return Failure("next hop: the address has no domain");
    return Hop{.host = recipient.domain};
  }
  size_t colon = text.find(':');
  std::string_view scheme = text.substr(0, colon);
  if (colon == std::string_view::npos)
    return Failure("next hop: \"smtp:\" or \"lmtp:\" is missing");
  std::string_view rest = text.substr(colon + 1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  if (scheme == "mx") {
    auto domain = wire::smtp::parse_domain(rest, true);
    if (!domain) return Failure("next hop: \"mx:\" wants a domain");
    return Hop{.host = *domain};
  }
  if (scheme == "lmtp" && rest.starts_with('/'))
    return Hop{.kind = Hop::Kind::unix_socket, .lmtp = true, .host = std::string(rest), .port = 0};
  if (scheme == "smtp" || scheme == "lmtp") return parse_host(rest, scheme == "lmtp");
  return Failure("next hop: unknown protocol: " + base::escape_controls(scheme));
}

}  // namespace tegu::queue
