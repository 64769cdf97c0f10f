#include "resolve.h"

#include <catch2/catch.hpp>

using namespace tegu;
using namespace tegu::router;
using model::directory::Route;
using wire::smtp::LocalDelivery;
using wire::smtp::RelayDelivery;

namespace {
// Domains 1 example.org (2 example.net is its alias), 3 other.org (inactive), 4 all.org
// (catch-all), 5 split.org (half of it lives elsewhere).
struct World {
  Directory directory;
  Rules rules;
  int64_t next_id = 100;

  World() {
    domain(1, "example.org");
    domain(2, "example.net", 1);
    domain(3, "other.org", 0, false);
    domain(4, "all.org", 0, true, {"alice@example.org"});
    domain(5, "split.org");
    account(11, 1, "alice");
    account(12, 1, "bob", AccountState::suspended);
    account(13, 1, "gone", AccountState::closed);
    account(14, 1, "plus+real");
    account(15, 5, "here");
    alias(1, "sales", {"alice@example.org", "bob@example.net", "x@far.org"});
    alias(1, "nested", {"sales@example.org", "sales@example.net", "alice@example.org"});
    alias(1, "round", {"turn@example.org", "alice@example.org"});
    alias(1, "turn", {"round@example.org"});
    alias(1, "circle", {"circle@example.org"});
    alias(1, "dead", {"nobody@example.org", "gone@example.org"});
    alias(1, "off", {"alice@example.org"}, false);
    route("split.org", "smtp://old.split.org:25");
    route("alice@split.org", "lmtp:/run/x.sock");
    route("far.org", "smtp://relay.far.org:2525");
    route(".below.org", "smtp://below:25");
    route("open.org", "mx", true);
  }
  void domain(int64_t id, std::string name, int64_t alias_of = 0, bool active = true,
              std::vector<std::string> catch_all = {}) {
    directory.put(model::directory::Domain{
        {id}, std::move(name), {alias_of}, std::move(catch_all), active, ""});
  }
  void account(int64_t id, int64_t domain, std::string local,
               AccountState state = AccountState::active) {
    model::directory::Account account;
    account.id = {id};
    account.domain = {domain};
    account.local = std::move(local);
    account.state = state;
    directory.put(account);
  }
  void alias(int64_t domain, std::string local, std::vector<std::string> targets,
             bool active = true) {
    model::directory::Alias alias;
    alias.id = ++next_id;
    alias.domain = {domain};
    alias.local = std::move(local);
    alias.targets = std::move(targets);
    alias.active = active;
    directory.put(alias);
  }
  void route(std::string key, std::string next_hop, bool relay = false) {
    Route route;
    route.id = ++next_id;
    route.key = std::move(key);
    route.next_hop = std::move(next_hop);
    route.relay = relay;
    directory.put(route);
  }
  // "ours 11 12 x@far.org>smtp://relay.far.org:2525"
  std::string where(const char* text) const {
    auto address = wire::smtp::parse_mailbox(text, true);
    REQUIRE(address.has_value());
    Resolved resolved = resolve(directory, rules, *address);
    std::string shown = resolved.place == Place::ours      ? "ours"
                        : resolved.place == Place::unknown ? "unknown"
                        : resolved.open_relay              ? "open"
                                                           : "foreign";
    for (const auto& delivery : resolved.deliveries) {
      if (const auto* local = std::get_if<LocalDelivery>(&delivery)) {
        shown += " " + std::to_string(local->account.value);
      } else {
        const auto& relay = std::get<RelayDelivery>(delivery);
        shown += " " + wire::smtp::format(relay.address) + ">" + relay.next_hop;
      }
    }
    return shown;
  }
};
}  // namespace

TEST_CASE("router resolve: where mail goes", "[router]") {
  World world;
  struct {
    const char *in, *want;
  } table[] = {
      {"alice@example.org", "ours 11"},
      {"ALICE@example.org", "ours 11"},
      {"alice@example.net", "ours 11"},
      {"alice+tag@example.org", "ours 11"},
      {"alice-tag@example.org", "unknown"},
      {"plus+real@example.org", "ours 14"},
      {"bob@example.org", "ours 12"},
      {"gone@example.org", "unknown"},
      {"nobody@example.org", "unknown"},
      {"+@example.org", "unknown"},
      {"sales@example.org", "ours 11 12 x@far.org>smtp://relay.far.org:2525"},
      {"sales+x@example.org", "ours 11 12 x@far.org>smtp://relay.far.org:2525"},
      {"nested@example.org", "ours 11 12 x@far.org>smtp://relay.far.org:2525"},
      {"round@example.org", "ours 11"},
      {"turn@example.org", "ours 11"},
      {"circle@example.org", "unknown"},
      {"dead@example.org", "unknown"},
      {"off@example.org", "unknown"},
      {"anybody@all.org", "ours 11"},
      {"here@split.org", "ours 15"},
      {"there@split.org", "ours there@split.org>smtp://old.split.org:25"},
      {"Alice@split.org", "ours Alice@split.org>lmtp:/run/x.sock"},
      {"x@other.org", "foreign x@other.org>"},
      {"X@far.org", "foreign X@far.org>smtp://relay.far.org:2525"},
      {"x@sub.far.org", "foreign x@sub.far.org>"},
      {"x@a.b.below.org", "foreign x@a.b.below.org>smtp://below:25"},
      {"x@below.org", "foreign x@below.org>smtp://below:25"},
      {"x@open.org", "open x@open.org>"},
      {"x@[192.0.2.1]", "foreign x@[192.0.2.1]>"},
      {"postmaster", "unknown"},
      {"postmaster@example.org", "unknown"},
  };
  for (const auto& row : table) {
    INFO(row.in);
    CHECK(world.where(row.in) == row.want);
  }
}

TEST_CASE("router resolve: settings change the way", "[router]") {
  World world;
  world.rules = {"+-", "smtp://smart:25", "alice@example.org"};
  CHECK(world.where("alice-tag@example.org") == "ours 11");
  CHECK(world.where("x@nowhere.org") == "foreign x@nowhere.org>smtp://smart:25");
  CHECK(world.where("x@open.org") == "open x@open.org>");
  CHECK(world.where("postmaster@example.org") == "ours 11");
  CHECK(world.where("postmaster") == "ours 11");
  world.route("*", "smtp://star:25");
  CHECK(world.where("x@nowhere.org") == "foreign x@nowhere.org>smtp://star:25");
  world.rules.delimiters.clear();
  CHECK(world.where("alice+tag@example.org") == "unknown");
}

TEST_CASE("router resolve: deep and wide aliases are cut", "[router]") {
  World world;
  for (int i = 0; i < 20; i++) {
    world.alias(1, "deep" + std::to_string(i), {"deep" + std::to_string(i + 1) + "@example.org"});
  }
  world.alias(1, "deep20", {"alice@example.org"});
  CHECK(world.where("deep0@example.org") == "unknown");
  CHECK(world.where("deep12@example.org") == "ours 11");
  std::vector<std::string> many;
  for (int i = 0; i < 12000; i++) many.push_back("u" + std::to_string(i) + "@far.org");
  world.alias(1, "wide", many);
  Resolved wide = resolve(world.directory, world.rules, {"wide", "example.org"});
  CHECK(wide.deliveries.size() == 10000);
}

TEST_CASE("router resolve: changed and removed entries leave nothing behind", "[router]") {
  World world;
  world.account(11, 1, "alicia");
  CHECK(world.where("alice@example.org") == "unknown");
  CHECK(world.where("alicia@example.org") == "ours 11");
  world.account(20, 1, "alice");
  world.directory.remove_account(11);
  CHECK(world.where("alice@example.org") == "ours 20");
  // Two entries swap names: whatever comes first, both are found afterwards.
  world.account(20, 1, "bob");
  world.account(12, 1, "alice");
  CHECK(world.where("bob@example.org") == "ours 20");
  CHECK(world.where("alice@example.org") == "ours 12");
  world.directory.remove_domain(2);
  CHECK(world.where("alice@example.net") == "foreign alice@example.net>");
  world.domain(1, "example.org", 0, false);
  CHECK(world.where("alice@example.org") == "foreign alice@example.org>");
}

TEST_CASE("router resolve: whose address it is for a login", "[router]") {
  World world;
  struct {
    const char* in;
    int64_t want;  // 0: nobody's
  } table[] = {
      {"alice@example.org", 11}, {"Alice@Example.net", 11}, {"alice+x@example.org", 11},
      {"sales@example.org", 0},  {"anybody@all.org", 0},    {"x@far.org", 0},
      {"gone@example.org", 13},  {"nobody@example.org", 0},
  };
  for (const auto& row : table) {
    INFO(row.in);
    const auto* account =
        account_of(world.directory, world.rules, *wire::smtp::parse_mailbox(row.in, true));
    CHECK((account ? account->id.value : 0) == row.want);
  }
}
