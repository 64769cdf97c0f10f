#include "net/dns/mail_hosts.h"

#include <algorithm>
#include <random>

#include "io/scope.h"

namespace tegu::net::dns {
namespace {

struct Found {
  MailHost host;
  bool temporary = false;
  bool exists = true;
  std::string reason;
};

io::Task<void> find_addresses(Resolver& resolver, Found& found, io::Deadline deadline,
                              size_t limit) {
  auto six = co_await resolver.aaaa(found.host.name, deadline);
  auto four = co_await resolver.a(found.host.name, deadline);
  auto& addresses = found.host.addresses;
  for (size_t i = 0; addresses.size() < limit; i++) {
    if (i >= six.records.size() && i >= four.records.size()) break;
    if (i < six.records.size()) addresses.push_back(six.records[i]);
    if (i < four.records.size() && addresses.size() < limit) addresses.push_back(four.records[i]);
  }
  found.host.secure = six.secure && four.secure;
  found.host.canonical = four.status == Status::ok ? four.canonical : six.canonical;
  if (found.host.canonical.empty()) found.host.canonical = found.host.name;
  if (!addresses.empty()) co_return;
  found.temporary = six.status == Status::temporary || four.status == Status::temporary;
  found.exists = four.status != Status::no_domain;
  found.reason = found.host.name + ": " +
                 (four.status == Status::temporary  ? four.reason
                  : six.status == Status::temporary ? six.reason
                  : found.exists                    ? "no address"
                                                    : four.reason);
}

// Fills in addresses and decides what the whole is worth.
io::Task<MailHosts> look_up(Resolver& resolver, std::vector<MailHost> hosts, io::Deadline deadline,
                            size_t address_limit) {
  std::vector<Found> all;
  for (auto& host : hosts) all.push_back({std::move(host), false, true, {}});
  io::Scope scope(*(co_await io::this_environment()).loop);
  for (auto& found : all) scope.spawn(find_addresses(resolver, found, deadline, address_limit));
  co_await scope.enclose(scope.join());
  MailHosts result;
  bool temporary = false;
  for (auto& found : all) {
    temporary |= found.temporary;
    if (!found.host.addresses.empty()) {
      result.hosts.push_back(std::move(found.host));
    } else if (result.reason.empty() || found.temporary) {
      result.reason = found.reason;
    }
  }
  if (!result.hosts.empty()) {
    result.status = MailHosts::Status::ok;
    result.reason.clear();
  } else if (!temporary) {
    result.status = MailHosts::Status::no_address;
  }
  co_return result;
}

// By preference, each group of equals shuffled.
std::vector<MailHost> in_order(std::vector<Mx> records, size_t limit) {
  std::mt19937 random(std::random_device{}());
  std::vector<std::pair<uint64_t, Mx>> keyed;
  for (auto& record : records) {
    keyed.emplace_back(uint64_t{record.preference} << 32 | random(), std::move(record));
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<MailHost> hosts;
  for (auto& [key, record] : keyed) {
    // RFC 7505 3: "." beside others means nothing.
    if (record.host.empty() || hosts.size() == limit) continue;
    hosts.push_back({record.host, record.preference, {}, {}, false});
  }
  return hosts;
}

}  // namespace

io::Task<MailHosts> host_addresses(Resolver& resolver, std::string host, io::Deadline deadline,
                                   MailHostLimits limits) {
  if (host.ends_with('.')) host.pop_back();
  std::vector<MailHost> hosts(1);
  hosts[0].name = std::move(host);
  auto result = co_await look_up(resolver, std::move(hosts), deadline, limits.addresses);
  result.implicit = true;
  co_return result;
}

io::Task<MailHosts> mx_hosts(Resolver& resolver, std::string domain, io::Deadline deadline,
                             MailHostLimits limits) {
  MailHosts result;
  if (domain.ends_with('.')) domain.pop_back();
  auto mx = co_await resolver.mx(domain, deadline);
  if (mx.status == Status::no_data) {
    // RFC 5321 5.1: without MX the domain is its own host.
    result = co_await host_addresses(resolver, domain, deadline, limits);
  } else if (mx.status == Status::no_domain) {
    result.status = MailHosts::Status::no_domain;
    result.reason = domain + ": " + mx.reason;
  } else if (mx.status == Status::temporary) {
    result.reason = domain + ": " + mx.reason;
  } else if (is_null_mx(mx)) {
    result.status = MailHosts::Status::null_mx;
    result.reason = domain + " accepts no mail";
  } else {
    result = co_await look_up(resolver, in_order(std::move(mx.records), limits.hosts), deadline,
                              limits.addresses);
  }
  result.secure = mx.secure;
  co_return result;
}

}  // namespace tegu::net::dns
