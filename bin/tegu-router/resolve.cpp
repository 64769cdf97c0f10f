// Follows an address through the directory.
#include "resolve.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "model/directory/name.h"

namespace tegu::router {

using model::directory::Domain;
using model::directory::fold_local;
using model::directory::Name;
using wire::smtp::Address;
using wire::smtp::LocalDelivery;
using wire::smtp::RelayDelivery;

static constexpr int deepest = 10;
static constexpr size_t most_deliveries = 10000;

namespace {
class Resolver {
 public:
  Resolver(const Directory& directory, const Rules& rules) : directory_(directory), rules_(rules) {}

  // Adds what the address leads to.
  Place follow(const Address& address, int depth);
  Resolved result;

 private:
  Place follow_ours(const Domain& domain, const Address& address, int depth);
  bool follow_name(const Domain& domain, std::string_view local, int depth);
  bool follow_targets(const std::vector<std::string>& targets, int depth);
  void relay(const Address& address, std::string_view next_hop);
  void deliver(AccountId account);

  const Directory& directory_;
  const Rules& rules_;
  std::set<Name> seen_;
  std::set<int64_t> accounts_;
};
}  // namespace

void Resolver::deliver(AccountId account) {
  if (result.deliveries.size() >= most_deliveries || !accounts_.insert(account.value).second)
    return;
  result.deliveries.push_back(LocalDelivery{account});
}

void Resolver::relay(const Address& address, std::string_view next_hop) {
  if (result.deliveries.size() >= most_deliveries) return;
  RelayDelivery relayed{address, next_hop == "mx" ? "" : std::string(next_hop)};
  result.deliveries.push_back(std::move(relayed));
}

Place Resolver::follow(const Address& address, int depth) {
  Name name = model::directory::name_of(address);
  if (depth > deepest || !seen_.insert(name).second) return Place::unknown;
  if (const Domain* domain = directory_.domain(address.domain)) {
    return follow_ours(*domain, address, depth);
  }
  const auto* route = directory_.route(name.text());
  if (!route) route = directory_.route_for_domain(address.domain);
  if (depth == 0) result.open_relay = route && route->relay;
  relay(address, route ? std::string_view(route->next_hop) : rules_.smart_host);
  return Place::foreign;
}

Place Resolver::follow_ours(const Domain& domain, const Address& address, int depth) {
  std::string local = fold_local(address.local);
  // A user who still lives elsewhere (coexistence).
  if (const auto* route = directory_.route(Name{local, domain.name}.text())) {
    relay(address, route->next_hop);
    return Place::ours;
  }
  if (follow_name(domain, local, depth)) return Place::ours;
  auto parts = wire::smtp::split_subaddress(local, rules_.delimiters);
  if (parts.user != local && follow_name(domain, parts.user, depth)) return Place::ours;
  if (const auto* route = directory_.route(domain.name)) {
    relay(address, route->next_hop);
    return Place::ours;
  }
  // RFC 5321 4.5.1: every domain has a postmaster.
  if (local == "postmaster" && !rules_.postmaster.empty() &&
      follow_targets({rules_.postmaster}, depth)) {
    return Place::ours;
  }
  return follow_targets(domain.catch_all, depth) ? Place::ours : Place::unknown;
}

bool Resolver::follow_name(const Domain& domain, std::string_view local, int depth) {
  if (const auto* account = directory_.account(domain.id, local)) {
    if (account->state == AccountState::closed) return false;
    deliver(account->id);
    return true;
  }
  const auto* alias = directory_.alias(domain.id, local);
  return alias && follow_targets(alias->targets, depth);
}

// Whether it led somewhere; targets that were reached before count.
bool Resolver::follow_targets(const std::vector<std::string>& targets, int depth) {
  for (const std::string& target : targets) {
    auto address = wire::smtp::parse_mailbox(target, true);
    if (address && !address->domain.empty()) follow(*address, depth + 1);
  }
  return !result.deliveries.empty();
}

// RFC 5321 4.5.1: "postmaster" without a domain is this service's.
static std::optional<Address> with_domain(const Directory& directory, const Rules& rules,
                                          const Address& address) {
  if (!address.domain.empty()) return address;
  if (const Domain* domain = directory.only_domain()) return Address{address.local, domain->name};
  auto postmaster = wire::smtp::parse_mailbox(rules.postmaster, true);
  if (postmaster && !postmaster->domain.empty()) return *postmaster;
  return std::nullopt;
}

Resolved resolve(const Directory& directory, const Rules& rules, const Address& given) {
  auto address = with_domain(directory, rules, given);
  if (!address) return {};
  Resolver resolver(directory, rules);
  resolver.result.place = resolver.follow(*address, 0);
  return std::move(resolver.result);
}

const Directory::Account* account_of(const Directory& directory, const Rules& rules,
                                     const Address& given) {
  auto address = with_domain(directory, rules, given);
  const Domain* domain = address ? directory.domain(address->domain) : nullptr;
  if (!domain) return nullptr;
  std::string local = fold_local(address->local);
  if (const auto* account = directory.account(domain->id, local)) return account;
  if (directory.alias(domain->id, local)) return nullptr;
  auto parts = wire::smtp::split_subaddress(local, rules.delimiters);
  return directory.account(domain->id, parts.user);
}

}  // namespace tegu::router
