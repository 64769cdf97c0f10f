#include "mail_hosts.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::queue {

using net::smtp::own_outcome;

std::expected<std::vector<net::dns::MailHost>, net::smtp::Outcome> hosts_to_try(
    const std::string& domain, net::dns::MailHosts answer, const std::string& own_name) {
  using Failure = std::unexpected<net::smtp::Outcome>;
  using enum net::dns::MailHosts::Status;
  switch (answer.status) {
    case temporary:
      return Failure(own_outcome("4.4.3", "the DNS gave no answer for " + domain));
    case no_domain:
      return Failure(own_outcome("5.1.2", "there is no domain " + domain));
    case null_mx:
      return Failure(own_outcome("5.1.10", domain + " takes no mail (null MX)"));
    case no_address:
      return Failure(own_outcome("5.1.2", domain + " has no host that takes mail"));
    case ok:
      break;
  }
  auto is_own = [&](const net::dns::MailHost& host) { return base::iequals(host.name, own_name); };
  auto own = std::ranges::find_if(answer.hosts, is_own);
  if (own == answer.hosts.end() || answer.implicit) return std::move(answer.hosts);
  std::erase_if(answer.hosts, [limit = own->preference](const net::dns::MailHost& host) {
    return host.preference >= limit;
  });
  if (answer.hosts.empty())
    return Failure(own_outcome("5.4.6", "the MX of " + domain + " is this host: mail would loop"));
  return std::move(answer.hosts);
}

}  // namespace tegu::queue
