// The resolver as the settings dns.* want it.
#pragma once
#include "base/settings.h"
#include "net/dns/unbound.h"

namespace tegu::net::dns {

// dns.servers ("192.0.2.53", "192.0.2.53@5353"; what is no address is left out) and, with
// `validate` and dns.dnssec, the system's trust anchor.
UnboundSettings read_settings(const base::Settings& settings, bool validate);

// Lets the resolver follow them; when that cannot be it says so in the log, and the old ones stay.
void follow_settings(UnboundResolver& resolver, const base::Settings& settings, bool validate);

}  // namespace tegu::net::dns
