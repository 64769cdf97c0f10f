#include "model/directory/rows.h"

#include <array>

#include "model/directory/name.h"
#include "net/pg/error.h"

namespace tegu::model::directory {

static constexpr std::array<std::string_view, 3> state_names = {"active", "suspended", "closed"};

std::string_view name(AccountState state) {
  return state_names[static_cast<size_t>(state)];
}

std::optional<AccountState> parse_account_state(std::string_view text) {
  for (size_t i = 0; i < state_names.size(); i++) {
    if (state_names[i] == text) return static_cast<AccountState>(i);
  }
  return std::nullopt;
}

Domain read_domain(net::pg::Row row) {
  Domain domain;
  domain.id = {row.int8(0)};
  domain.name = row.text(1);
  domain.alias_of = {row.int8_or_null(2).value_or(0)};
  domain.catch_all = row.texts(3);
  domain.active = row.boolean(4);
  domain.note = row.text(5);
  return domain;
}

Account read_account(net::pg::Row row) {
  Account account;
  account.id = {row.int8(0)};
  account.domain = {row.int8(1)};
  account.local = row.text(2);
  account.address = Name{account.local, std::string(row.text(3))}.text();
  account.display_name = row.text(4);
  auto state = parse_account_state(row.text(5));
  if (!state) throw net::pg::Error("account: a state that this version does not know");
  account.state = *state;
  account.quota = row.int8_or_null(6);
  account.language = row.text(7);
  account.created_at = row.time(8);
  return account;
}

Alias read_alias(net::pg::Row row) {
  Alias alias;
  alias.id = row.int8(0);
  alias.domain = {row.int8(1)};
  alias.local = row.text(2);
  alias.address = Name{alias.local, std::string(row.text(3))}.text();
  alias.targets = row.texts(4);
  alias.active = row.boolean(5);
  alias.note = row.text(6);
  return alias;
}

Route read_route(net::pg::Row row) {
  Route route;
  route.id = row.int8(0);
  route.key = row.text(1);
  route.next_hop = row.text(2);
  route.relay = row.boolean(3);
  route.active = row.boolean(4);
  route.note = row.text(5);
  return route;
}

}  // namespace tegu::model::directory
