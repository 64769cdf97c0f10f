// Routes of the directory (admin.h).
#include "base/error.h"
#include "base/text.h"
#include "model/directory/admin.h"
#include "model/directory/rows.h"
#include "model/directory/wanted.h"

namespace tegu::model::directory {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

static const Statement upsert = {
    "route.set",
    "INSERT INTO route (domain, next_hop, relay, note) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (domain) DO UPDATE SET next_hop = excluded.next_hop, relay = excluded.relay,"
    " note = excluded.note"};

static const Statement remove = {"route.remove", "DELETE FROM route WHERE domain = $1"};

static const Statement list = {
    "route.list", "SELECT id, domain, next_hop, relay, active, note FROM route ORDER BY domain",
    true};

static std::string wanted_key(const std::string& text) {
  auto key = parse_route_key(text);
  if (!key) {
    refuse(base::escape_controls(text) +
           ": wants example.org, .example.org, user@example.org or *");
  }
  return *key;
}

io::Task<void> Admin::set_route(std::string key, std::string next_hop, bool relay,
                                std::string note) {
  key = wanted_key(key);
  auto hop = parse_next_hop(next_hop);
  if (!hop) refuse(hop.error());
  if (relay && key == "*") refuse("*: would let strangers send to the whole world through us");
  Params params;
  params.text(key).text(*hop).add(relay).text(note);
  co_await client_.query(upsert, std::move(params));
}

io::Task<void> Admin::remove_route(std::string key) {
  key = wanted_key(key);
  Params params;
  params.text(key);
  Rows rows = co_await client_.query(remove, std::move(params));
  if (rows.affected() == 0) refuse(key + ": no such route");
}

io::Task<std::vector<Route>> Admin::list_routes() {
  Rows rows = co_await client_.query(list);
  std::vector<Route> routes;
  for (auto row : rows) routes.push_back(read_route(row));
  co_return routes;
}

}  // namespace tegu::model::directory
