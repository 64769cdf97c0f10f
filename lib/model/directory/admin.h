// What an administrator does to the directory. Addresses and domains come as people write them and
// are normalised here (name.h). Mistakes (unknown, exists already, malformed) throw
// base::UsageError that says what to do; the table's triggers tell the router.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/directory/entries.h"
#include "net/pg/client.h"

namespace tegu::model::directory {

struct ListedDomain {
  Domain domain;
  std::string alias_of;  // name
  int64_t accounts = 0;
  int64_t aliases = 0;
};

struct NewAccount {
  std::string address;
  std::string display_name;
  std::optional<std::string> password_hash;  // nothing: no login until one is set
  std::optional<int64_t> quota;
  std::string language;
};

struct ListedAccount {
  Account account;
  int64_t messages = 0;
  int64_t bytes = 0;
};

class Admin {
 public:
  explicit Admin(net::pg::Client& client) : client_(client) {}

  // domains.cpp
  io::Task<base::DomainId> add_domain(std::string name, std::string note);
  // `of` must be a domain that is no alias itself; `name` must have no accounts or aliases.
  io::Task<base::DomainId> add_domain_alias(std::string name, std::string of);
  // Refused while it has accounts, aliases or domain aliases.
  io::Task<void> remove_domain(std::string name);
  // No targets: unknown addresses are refused.
  io::Task<void> set_catch_all(std::string name, std::vector<std::string> targets);
  io::Task<void> set_domain_active(std::string name, bool active);
  io::Task<std::vector<ListedDomain>> list_domains();

  // accounts.cpp
  // With its six mailboxes (RFC 6154) in the same transaction.
  io::Task<base::AccountId> add_account(NewAccount account);
  // With all its mailboxes; the letters' content is swept later.
  io::Task<void> remove_account(std::string address);
  io::Task<ListedAccount> show_account(std::string address);
  // By address; all domains for an empty one.
  io::Task<std::vector<ListedAccount>> list_accounts(std::string domain);
  io::Task<void> set_state(std::string address, AccountState state);
  io::Task<void> set_quota(std::string address, std::optional<int64_t> quota);
  io::Task<void> set_display_name(std::string address, std::string display_name);

  // credentials.cpp
  io::Task<void> set_password(std::string address, std::string hash);
  io::Task<int64_t> add_app_password(std::string address, std::string label, std::string hash,
                                     std::optional<base::WallTime> expires_at);
  io::Task<void> remove_credential(std::string address, int64_t id);
  // Without hashes.
  io::Task<std::vector<Credential>> list_credentials(std::string address);

  // aliases.cpp
  io::Task<void> add_alias(std::string address, std::vector<std::string> targets, std::string note);
  io::Task<void> set_targets(std::string address, std::vector<std::string> targets);
  io::Task<void> set_alias_active(std::string address, bool active);
  io::Task<void> remove_alias(std::string address);
  io::Task<std::vector<Alias>> list_aliases(std::string domain);

  // routes.cpp
  // New, or changed when the key has one.
  io::Task<void> set_route(std::string key, std::string next_hop, bool relay, std::string note);
  io::Task<void> remove_route(std::string key);
  io::Task<std::vector<Route>> list_routes();

 private:
  net::pg::Client& client_;
};

}  // namespace tegu::model::directory
