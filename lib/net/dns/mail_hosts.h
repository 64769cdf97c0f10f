// Where the mail of a domain goes: its MX hosts with their addresses, in the order to try (RFC 5321
// 5.1, RFC 7505).
#pragma once
#include <string>
#include <vector>

#include "net/dns/resolver.h"

namespace tegu::net::dns {

struct MailHost {
  std::string name;
  uint16_t preference = 0;
  std::vector<io::Endpoint> addresses;  // port 0, IPv6 and IPv4 in turn
  std::string canonical;                // the name after CNAMEs, for TLSA (RFC 7672 2.2.2)
  bool secure = false;                  // all its address answers were validated
};

struct MailHosts {
  enum class Status {
    ok,
    no_domain,   // permanent: the domain does not exist
    null_mx,     // permanent: it wants no mail
    no_address,  // permanent: no host of it has an address
    temporary,   // ask again later
  };
  Status status = Status::temporary;
  std::vector<MailHost> hosts;  // with ok: at least one, each with an address
  bool secure = false;          // the MX answer (or its absence) was validated
  bool implicit = false;        // no MX: the domain itself is the host
  std::string reason;           // words for a log or a bounce, when not ok
};

struct MailHostLimits {
  size_t hosts = 5;
  size_t addresses = 5;  // a host
};

// Hosts of equal preference come in random order. A host that cannot be looked up now is left out
// when another one can; only when none can, the whole is temporary. Throws Cancelled only.
io::Task<MailHosts> mx_hosts(Resolver& resolver, std::string domain, io::Deadline deadline,
                             MailHostLimits limits = {});

// One host by name: its addresses, both families, as above. For a next hop without MX.
io::Task<MailHosts> host_addresses(Resolver& resolver, std::string host, io::Deadline deadline,
                                   MailHostLimits limits = {});

}  // namespace tegu::net::dns
