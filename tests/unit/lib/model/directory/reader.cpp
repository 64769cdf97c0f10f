#include "model/directory/reader.h"

#include <catch2/catch.hpp>

#include "model/directory/admin.h"
#include "support/model.h"

using namespace tegu;
using namespace tegu::model::directory;
using net::pg::Client;
using test::ModelDatabase;

TEST_CASE("directory news: payloads say which rows changed", "[directory]") {
  using Tables = std::map<std::string, News::Ids, std::less<>>;
  struct {
    std::vector<const char*> in;
    Tables want;
  } table[] = {
      {{"account:5"}, {{"account", {5}}}},
      {{"account:5,7"}, {{"account", {5, 7}}}},
      {{"account:5", "account:9", "domain:1"}, {{"account", {5, 9}}, {"domain", {1}}}},
      {{"account:5,domain:1,2"}, {{"account", {5}}, {"domain", {1, 2}}}},
      {{"account"}, {{"account", {}}}},
      {{"account:5", "account"}, {{"account", {}}}},
      {{"account", "account:5"}, {{"account", {}}}},
  };
  for (const auto& row : table) {
    News news;
    for (const char* payload : row.in) news.add(payload);
    CHECK(news.tables == row.want);
  }
}

static io::Task<void> read_in_pages(Client& client) {
  Admin admin(client);
  Reader reader(client);
  co_await admin.add_domain("example.org", "");
  std::vector<int64_t> ids;
  std::vector<std::string> target = {"u0@example.org"};
  for (int i = 0; i < 5; i++) {
    NewAccount account;
    account.address = "u" + std::to_string(i) + "@example.org";
    ids.push_back((co_await admin.add_account(account)).value);
    co_await admin.add_alias("a" + std::to_string(i) + "@example.org", target, "");
  }
  co_await admin.set_route("example.net", "mx", false, "");

  std::vector<int64_t> seen;
  for (int64_t after = 0;;) {
    auto page = co_await reader.accounts_after(after, 2);
    if (page.empty()) break;
    CHECK(page.size() <= 2);
    for (const auto& account : page) seen.push_back(account.id.value);
    after = seen.back();
  }
  CHECK(seen == ids);
  auto domains = co_await reader.domains_after(0, 10);
  REQUIRE(domains.size() == 1);
  auto aliases = co_await reader.aliases_after(0, 10);
  REQUIRE(aliases.size() == 5);
  CHECK(aliases[0].domain == domains[0].id);
  auto routes = co_await reader.routes_after(0, 10);
  REQUIRE(routes.size() == 1);

  std::vector<int64_t> some = {ids[1], ids[3], 999999};
  auto accounts = co_await reader.accounts(some);
  CHECK(accounts.size() == 2);
  std::vector<int64_t> one = {domains[0].id.value};
  CHECK((co_await reader.domains(one)).size() == 1);
  std::vector<int64_t> alias = {aliases[2].id};
  CHECK((co_await reader.aliases(alias)).at(0).local == "a2");
  std::vector<int64_t> route = {routes[0].id};
  CHECK((co_await reader.routes(route)).at(0).key == "example.net");
  co_await admin.add_domain_alias("example.com", "example.org");
  std::vector<std::string> locals = {"u1", "a1", "nobody"};
  Found found = co_await reader.find("example.com", locals, net::pg::default_deadline());
  CHECK(found.domains.size() == 2);
  CHECK(found.domains[1] == domains[0].id.value);
  CHECK(found.accounts == std::vector<int64_t>{ids[1]});
  CHECK(found.aliases == std::vector<int64_t>{aliases[1].id});
  found = co_await reader.find("nowhere.org", locals, net::pg::default_deadline());
  CHECK(found.domains.empty());
  CHECK(co_await reader.used({ids[0]}, net::pg::default_deadline()) == 0);
}

TEST_CASE("directory reader: pages and single entries", "[directory]") {
  ModelDatabase().run(read_in_pages);
}

TEST_CASE("directory reader: its look-ups can be made ready", "[directory]") {
  test::ModelDatabase database;
  auto hot = model::directory::hot_calls();
  CHECK(test::warmed(database, "tegu_router", hot) == hot.size());
}
