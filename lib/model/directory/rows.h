// Rows of the directory's tables as values. Each reader names the columns that it wants, in order.
#pragma once
#include "model/directory/entries.h"
#include "net/pg/rows.h"

namespace tegu::model::directory {

// id, name, alias_of, catch_all, active, note
Domain read_domain(net::pg::Row row);
// id, domain_id, local_part, domain.name, display_name, state, quota, language, created_at
Account read_account(net::pg::Row row);
// id, domain_id, local_part, domain.name, targets, active, note
Alias read_alias(net::pg::Row row);
// id, domain, next_hop, relay, active, note
Route read_route(net::pg::Row row);

}  // namespace tegu::model::directory
