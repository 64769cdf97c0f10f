// The maps of the directory and their indexes.
#include "directory.h"

namespace tegu::router {

namespace entries = model::directory;

std::string Directory::place(DomainId domain, std::string_view local) {
  return std::to_string(domain.value) + '/' + std::string(local);
}

// An entry that has moved away from a key must not take the key from the one that came there.
void Directory::unindex(Index& index, const std::string& key, int64_t id) {
  auto found = index.find(key);
  if (found != index.end() && found->second == id) index.erase(found);
}

void Directory::put(entries::Domain domain) {
  remove_domain(domain.id.value);
  domain_names_[domain.name] = domain.id.value;
  domains_.insert_or_assign(domain.id.value, std::move(domain));
}

void Directory::put(const entries::Account& account) {
  remove_account(account.id.value);
  account_places_[place(account.domain, account.local)] = account.id.value;
  accounts_[account.id.value] = {account.id, account.domain, account.local, account.state,
                                 account.quota};
}

void Directory::put(const entries::Alias& alias) {
  remove_alias(alias.id);
  alias_places_[place(alias.domain, alias.local)] = alias.id;
  aliases_[alias.id] = {alias.domain, alias.local, alias.targets, alias.active};
}

void Directory::put(entries::Route route) {
  remove_route(route.id);
  route_keys_[route.key] = route.id;
  routes_.insert_or_assign(route.id, std::move(route));
}

void Directory::remove_domain(int64_t id) {
  auto found = domains_.find(id);
  if (found == domains_.end()) return;
  unindex(domain_names_, found->second.name, id);
  domains_.erase(found);
}

void Directory::remove_account(int64_t id) {
  auto found = accounts_.find(id);
  if (found == accounts_.end()) return;
  unindex(account_places_, place(found->second.domain, found->second.local), id);
  accounts_.erase(found);
}

void Directory::remove_alias(int64_t id) {
  auto found = aliases_.find(id);
  if (found == aliases_.end()) return;
  unindex(alias_places_, place(found->second.domain, found->second.local), id);
  aliases_.erase(found);
}

void Directory::remove_route(int64_t id) {
  auto found = routes_.find(id);
  if (found == routes_.end()) return;
  unindex(route_keys_, found->second.key, id);
  routes_.erase(found);
}

const entries::Domain* Directory::domain(DomainId id) const {
  auto found = domains_.find(id.value);
  return found == domains_.end() ? nullptr : &found->second;
}

const entries::Domain* Directory::domain(std::string_view name) const {
  auto found = domain_names_.find(name);
  const entries::Domain* domain =
      found == domain_names_.end() ? nullptr : this->domain(DomainId{found->second});
  // The table allows one level only; what else it may hold some day does not run in a circle here.
  for (int level = 0; domain && domain->active && domain->alias_of && level < 4; level++) {
    domain = this->domain(domain->alias_of);
  }
  return domain && domain->active && !domain->alias_of ? domain : nullptr;
}

const entries::Domain* Directory::only_domain() const {
  const entries::Domain* only = nullptr;
  for (const auto& [id, domain] : domains_) {
    if (!domain.active || domain.alias_of) continue;
    if (only) return nullptr;
    only = &domain;
  }
  return only;
}

const Directory::Account* Directory::account(DomainId domain, std::string_view local) const {
  auto found = account_places_.find(place(domain, local));
  return found == account_places_.end() ? nullptr : account(AccountId{found->second});
}

const Directory::Account* Directory::account(AccountId id) const {
  auto found = accounts_.find(id.value);
  return found == accounts_.end() ? nullptr : &found->second;
}

const Directory::Alias* Directory::alias(DomainId domain, std::string_view local) const {
  auto found = alias_places_.find(place(domain, local));
  if (found == alias_places_.end()) return nullptr;
  const Alias& alias = aliases_.at(found->second);
  return alias.active ? &alias : nullptr;
}

const entries::Route* Directory::route(std::string_view key) const {
  auto found = route_keys_.find(key);
  if (found == route_keys_.end()) return nullptr;
  const entries::Route& route = routes_.at(found->second);
  return route.active ? &route : nullptr;
}

const entries::Route* Directory::route_for_domain(std::string_view domain) const {
  if (const entries::Route* own = route(domain)) return own;
  // ".example.org" serves example.org and all below it.
  for (std::string_view rest = domain; !rest.empty();) {
    if (const entries::Route* found = route("." + std::string(rest))) return found;
    size_t dot = rest.find('.');
    rest = dot == rest.npos ? "" : rest.substr(dot + 1);
  }
  return route("*");
}

}  // namespace tegu::router
