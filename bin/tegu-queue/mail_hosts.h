// What the DNS says of a next hop, as the hosts to try or as an outcome (RFC 5321 5.1, RFC 7505).
#pragma once
#include <expected>
#include <string>
#include <vector>

#include "net/dns/mail_hosts.h"
#include "net/smtp/outcome.h"

namespace tegu::queue {

// `domain` is the recipient's for an MX hop. `own_name` is ours: we, and all hosts that are not
// preferred to us, are no way on (a loop). The error: why there is none, for good or for now.
std::expected<std::vector<net::dns::MailHost>, net::smtp::Outcome> hosts_to_try(
    const std::string& domain, net::dns::MailHosts answer, const std::string& own_name);

}  // namespace tegu::queue
