// What the directory holds, as values.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace tegu::model::directory {

// A domain of this service. With `alias_of` every address of it means the same one there.
struct Domain {
  base::DomainId id;
  std::string name;
  base::DomainId alias_of;
  std::vector<std::string> catch_all;  // where addresses go that nothing else knows
  bool active = true;
  std::string note;
};

enum class AccountState {
  active,
  suspended,  // receives mail, cannot log in or send
  closed,     // as if unknown; its mail is kept
};
std::string_view name(AccountState state);
[[nodiscard]] std::optional<AccountState> parse_account_state(std::string_view text);

struct Account {
  base::AccountId id;
  base::DomainId domain;
  std::string local;
  std::string address;  // canonical
  std::string display_name;
  AccountState state = AccountState::active;
  std::optional<int64_t> quota;  // octets; nothing: the setting mailbox.quota
  std::string language;
  base::WallTime created_at;
};

// Mail for local@domain goes to all targets (addresses, ours or others').
struct Alias {
  int64_t id = 0;
  base::DomainId domain;
  std::string local;
  std::string address;
  std::vector<std::string> targets;
  bool active = true;
  std::string note;
};

struct Route {
  int64_t id = 0;
  std::string key;  // name.h: parse_route_key
  std::string next_hop;
  bool relay = false;  // strangers too may send there through us
  bool active = true;
  std::string note;
};

// One secret of an account. `hash` is filled in only for the router.
struct Credential {
  int64_t id = 0;
  std::string kind;   // "password", "app"
  std::string label;  // of an app password
  std::string hash;   // crypt(5)
  base::WallTime created_at;
  std::optional<base::WallTime> expires_at;
};

}  // namespace tegu::model::directory
