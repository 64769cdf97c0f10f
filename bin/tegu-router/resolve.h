// Where mail for an address goes: aliases, domain aliases, subaddresses, catch-all, routes, smart
// host. Pure: reads the directory in memory.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "directory.h"
#include "wire/smtp/envelope.h"

namespace tegu::router {

// The settings that resolving wants.
struct Rules {
  std::string delimiters = "+";  // router.recipient_delimiter
  std::string smart_host;        // router.smart_host; empty: the MX
  std::string postmaster;        // router.postmaster; where a domain has none of its own
};

enum class Place {
  ours,     // a domain of this service, and somebody is there
  unknown,  // a domain of this service, and nobody is there
  foreign,  // anything else; the deliveries say how to relay to it
};

struct Resolved {
  Place place = Place::unknown;
  bool open_relay = false;  // foreign, and the route allows strangers to send there
  std::vector<wire::smtp::Delivery> deliveries;  // each account and relay once
};

// Nested aliases to a depth of 10, and 10000 deliveries in all: what lies beyond is left out, so
// circles end.
Resolved resolve(const Directory& directory, const Rules& rules,
                 const wire::smtp::Address& address);

// The account that an address belongs to directly: its own address, with domain aliases and
// subaddress, but no alias and no catch-all.
const Directory::Account* account_of(const Directory& directory, const Rules& rules,
                                     const wire::smtp::Address& address);

}  // namespace tegu::router
