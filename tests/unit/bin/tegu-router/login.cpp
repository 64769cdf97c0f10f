// With a real database: the directory is followed, and logins are checked.
#include "login.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "model/directory/admin.h"
#include "model/directory/password.h"
#include "net/peer/errors.h"
#include "support/model.h"

using namespace tegu;
using namespace tegu::router;
using model::directory::Admin;
using net::peer::Refused;
using wire::peer::Failure;
using wire::peer::LoginRequest;

namespace {
struct World {
  test::ModelDatabase database;
  io::Workers workers{2, 100};
  LoginCache cache;
  Follower follower{database.loop, database.client, cache};
  Logins logins{database.client, workers, follower, cache};
  Admin admin{database.client};
  Rules rules;
  LoginRules limits;

  World() {
    limits.hash_cost = 1;
    limits.throttle.delays = {std::chrono::seconds(0)};
  }
  void run(io::Task<void> (*body)(World&)) { database.loop.run_until_done(follow(body)); }

 private:
  io::Task<void> follow(io::Task<void> (*body)(World&)) {
    io::Scope scope(database.loop);
    scope.spawn(follower.run());
    while (!follower.ready()) co_await io::yield();
    std::exception_ptr error;
    try {
      co_await body(*this);
    } catch (...) {
      error = std::current_exception();
    }
    co_await scope.close();
    if (error) std::rethrow_exception(error);
  }
};
}  // namespace

// "alice@example.org", "refused" or "temporary"
static io::Task<std::string> login(World& world, std::string login, std::string password) {
  LoginRequest request{std::move(login), std::move(password), "192.0.2.1", "imap"};
  try {
    auto answer = co_await world.logins.check(std::move(request), world.rules, world.limits);
    co_return answer.account ? answer.address : "no account";
  } catch (const Refused& refused) {
    co_return refused.failure() == Failure::refused ? "refused" : "temporary";
  }
}

static io::Task<void> add(World& world, std::string address, std::string password) {
  model::directory::NewAccount account;
  account.address = std::move(address);
  account.password_hash = model::directory::hash_password(password, 1);
  co_await world.admin.add_account(account);
}

static io::Task<void> right_and_wrong(World& world) {
  co_await world.admin.add_domain("example.org", "");
  co_await world.admin.add_domain_alias("example.net", "example.org");
  co_await add(world, "alice@example.org", "secret");
  // Found although the notification has not been heard yet.
  CHECK(co_await login(world, "alice@example.org", "secret") == "alice@example.org");
  CHECK(co_await login(world, "Alice@Example.NET", "secret") == "alice@example.org");
  CHECK(co_await login(world, "alice", "secret") == "alice@example.org");
  CHECK(co_await login(world, "alice@example.org", "Secret") == "refused");
  CHECK(co_await login(world, "alice@example.org", "") == "refused");
  CHECK(co_await login(world, "nobody@example.org", "secret") == "refused");
  CHECK(co_await login(world, "alice@far.org", "secret") == "refused");
  CHECK(co_await login(world, "no address at all", "secret") == "refused");

  std::string app = model::directory::hash_password("phone", 1);
  co_await world.admin.add_app_password("alice@example.org", "phone", app, std::nullopt);
  CHECK(co_await login(world, "alice@example.org", "phone") == "alice@example.org");
  CHECK(co_await login(world, "alice@example.org", "secret") == "alice@example.org");
}

TEST_CASE("router login: the right password opens, everything else does not", "[router]") {
  World().run(right_and_wrong);
}

// Until the router has heard of a change.
static io::Task<std::string> login_until(World& world, std::string password, std::string want) {
  std::string got;
  for (io::Deadline end = io::after(std::chrono::seconds(10)); io::Clock::now() < end;) {
    got = co_await login(world, "alice@example.org", password);
    if (got == want) break;
    co_await io::sleep_for(std::chrono::milliseconds(5));
  }
  co_return got;
}

static io::Task<void> changes(World& world) {
  world.limits.throttle.peer_per_minute = 100000;
  world.limits.throttle.peer_per_day = 100000;
  co_await world.admin.add_domain("example.org", "");
  co_await add(world, "alice@example.org", "secret");
  CHECK(co_await login(world, "alice@example.org", "secret") == "alice@example.org");
  co_await world.admin.set_password("alice@example.org", model::directory::hash_password("new", 1));
  CHECK(co_await login_until(world, "secret", "refused") == "refused");
  CHECK(co_await login(world, "alice@example.org", "new") == "alice@example.org");
  co_await world.admin.set_state("alice@example.org", model::directory::AccountState::suspended);
  CHECK(co_await login_until(world, "new", "refused") == "refused");
  co_await world.admin.set_state("alice@example.org", model::directory::AccountState::active);
  CHECK(co_await login_until(world, "new", "alice@example.org") == "alice@example.org");
  co_await world.admin.remove_account("alice@example.org");
  CHECK(co_await login_until(world, "new", "refused") == "refused");
}

TEST_CASE("router login: a changed password or state counts at once", "[router]") {
  World().run(changes);
}

static io::Task<void> collect(World& world, std::string password, std::vector<std::string>& ends) {
  ends.push_back(co_await login(world, "alice@example.org", std::move(password)));
}

static io::Task<void> together(World& world) {
  co_await world.admin.add_domain("example.org", "");
  co_await add(world, "alice@example.org", "secret");
  world.limits.cache_time = std::chrono::seconds(0);
  std::vector<std::string> ends;
  io::Scope scope(world.database.loop);
  for (int i = 0; i < 5; i++) scope.spawn(collect(world, "secret", ends));
  for (int i = 0; i < 3; i++) scope.spawn(collect(world, "wrong", ends));
  co_await scope.join();
  CHECK(ends.size() == 8);
  CHECK(std::ranges::count(ends, "alice@example.org") == 5);
  CHECK(std::ranges::count(ends, "refused") == 3);
}

TEST_CASE("router login: connections of one client are checked together", "[router]") {
  World().run(together);
}

static io::Task<void> slowed(World& world) {
  co_await world.admin.add_domain("example.org", "");
  co_await add(world, "alice@example.org", "secret");
  world.limits.throttle.delays = {std::chrono::seconds(1)};
  for (const char* name : {"alice@example.org", "nobody@example.org"}) {
    auto started = io::Clock::now();
    CHECK(co_await login(world, name, "wrong") == "refused");
    CHECK(io::Clock::now() - started >= std::chrono::seconds(1));
  }
  world.limits.throttle.peer_per_minute = 2;
  CHECK(co_await login(world, "alice@example.org", "secret") == "refused");
}

TEST_CASE("router login: wrong passwords are slow, and too many close the door", "[router]") {
  World().run(slowed);
}

static io::Task<void> database_away(World& world) {
  co_await world.admin.add_domain("example.org", "");
  co_await add(world, "alice@example.org", "secret");
  CHECK(co_await login(world, "alice@example.org", "secret") == "alice@example.org");
  test::Postgres::shared().stop();
  bool failed = false;
  try {
    co_await login(world, "alice@example.org", "other");
  } catch (const net::pg::Error&) {
    failed = true;
  }
  test::Postgres::shared().start();
  CHECK(failed);
}

TEST_CASE("router login: without the database it is never a wrong password", "[router]") {
  World().run(database_away);
}

static io::Task<void> wait_for_route(const Directory& directory, bool wanted) {
  for (io::Deadline end = io::after(std::chrono::seconds(10)); io::Clock::now() < end;) {
    if ((directory.route("far.org") != nullptr) == wanted) break;
    co_await io::sleep_for(std::chrono::milliseconds(5));
  }
}

static io::Task<void> followed(World& world) {
  co_await world.admin.add_domain("example.org", "");
  co_await add(world, "alice@example.org", "secret");
  std::vector<std::string> target = {"alice@example.org"};
  co_await world.admin.add_alias("sales@example.org", target, "");
  co_await world.admin.set_route("far.org", "smtp://relay:25", false, "");
  const Directory& directory = world.follower.directory();
  co_await wait_for_route(directory, true);
  CHECK(directory.domains() == 1);
  CHECK(directory.accounts() == 1);
  CHECK(directory.aliases() == 1);
  CHECK(directory.route("far.org") != nullptr);
  co_await world.admin.remove_alias("sales@example.org");
  co_await world.admin.remove_account("alice@example.org");
  co_await world.admin.remove_route("far.org");
  co_await wait_for_route(directory, false);
  CHECK(directory.accounts() == 0);
  CHECK(directory.aliases() == 0);
  CHECK(directory.route("far.org") == nullptr);
}

TEST_CASE("router follow: the directory in memory follows the tables", "[router]") {
  World().run(followed);
}
