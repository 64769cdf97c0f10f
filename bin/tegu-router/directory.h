// The directory in memory: what resolving an address needs, found by hash. Filled and followed by
// follow.h; knows neither database nor socket.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/directory/entries.h"

namespace tegu::router {

using base::AccountId;
using base::DomainId;
using model::directory::AccountState;

class Directory {
 public:
  struct Account {
    AccountId id;
    DomainId domain;
    std::string local;
    AccountState state = AccountState::active;
    std::optional<int64_t> quota;
  };
  struct Alias {
    DomainId domain;
    std::string local;
    std::vector<std::string> targets;
    bool active = true;
  };

  // New or changed.
  void put(model::directory::Domain domain);
  void put(const model::directory::Account& account);
  void put(const model::directory::Alias& alias);
  void put(model::directory::Route route);
  void remove_domain(int64_t id);
  void remove_account(int64_t id);
  void remove_alias(int64_t id);
  void remove_route(int64_t id);

  // The domain whose addresses count: aliases are followed; null when it is not ours, inactive, or
  // an alias of such a one.
  const model::directory::Domain* domain(std::string_view name) const;
  const model::directory::Domain* domain(DomainId id) const;
  // The one active domain of this service that is no alias; null when there are none or several.
  const model::directory::Domain* only_domain() const;
  const Account* account(DomainId domain, std::string_view local) const;
  const Account* account(AccountId id) const;
  // Active ones only.
  const Alias* alias(DomainId domain, std::string_view local) const;
  bool has_alias(int64_t id) const { return aliases_.contains(id); }
  // Active routes only.
  const model::directory::Route* route(std::string_view key) const;
  // For a domain: its own, then ".parent" from the nearest, then "*".
  const model::directory::Route* route_for_domain(std::string_view domain) const;

  size_t domains() const { return domains_.size(); }
  size_t accounts() const { return accounts_.size(); }
  size_t aliases() const { return aliases_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Index = std::unordered_map<std::string, int64_t, Hash, std::equal_to<>>;

  static std::string place(DomainId domain, std::string_view local);
  static void unindex(Index& index, const std::string& key, int64_t id);

  std::unordered_map<int64_t, model::directory::Domain> domains_;
  std::unordered_map<int64_t, Account> accounts_;
  std::unordered_map<int64_t, Alias> aliases_;
  std::unordered_map<int64_t, model::directory::Route> routes_;
  Index domain_names_, account_places_, alias_places_, route_keys_;
};

}  // namespace tegu::router
