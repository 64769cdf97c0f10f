#include "net/dns/settings.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "io/endpoint.h"

namespace tegu::net::dns {

UnboundSettings read_settings(const base::Settings& settings, bool validate) {
  UnboundSettings wanted;
  for (const std::string& text : settings.list("dns.servers")) {
    std::string_view server = text;
    size_t at = server.find('@');
    uint16_t port = 53;
    if (at != std::string_view::npos) {
      auto given = base::parse_number<uint16_t>(server.substr(at + 1));
      if (!given) continue;
      port = *given;
    }
    if (auto endpoint = io::Endpoint::from_address(server.substr(0, at), port))
      wanted.servers.push_back(endpoint->text());
  }
  if (validate && settings.flag("dns.dnssec"))
    wanted.trust_anchor_file = system_trust_anchor_file();
  return wanted;
}

void follow_settings(UnboundResolver& resolver, const base::Settings& settings, bool validate) {
  try {
    resolver.follow(read_settings(settings, validate));
  } catch (const base::Error& error) {
    base::log::error("dns.settings_kept", {{"error", error.what()}});
  }
}

}  // namespace tegu::net::dns
