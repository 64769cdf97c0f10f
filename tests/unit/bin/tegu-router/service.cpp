// The operations of router.sock, asked as JSON, over a real database.
#include "service.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/directory/admin.h"
#include "model/directory/password.h"
#include "model/setting/catalogue.h"
#include "support/model.h"

using namespace tegu;
using namespace tegu::router;
using model::directory::Admin;
using net::peer::Refused;

namespace {
struct World {
  test::ModelDatabase database;
  daemon::Conf conf;
  base::Registry metrics;
  io::Workers workers{1, 100};
  io::Event draining;
  daemon::Doors doors;
  daemon::Certificate certificate{conf};
  Admin admin{database.client};
  std::map<std::string, std::string> changes = {{"auth.failure_delay", "0s"},
                                                {"router.smart_host", "smtp://smart:25"},
                                                {"mailbox.quota", "1M"}};
  std::unique_ptr<daemon::Runtime> runtime;
  std::unique_ptr<Service> service;

  World() {
    std::vector<std::string> problems;
    base::Settings settings = base::Settings(model::setting::catalogue()).with(changes, problems);
    REQUIRE(problems.empty());
    daemon::Runtime::Parts parts{
        database.loop, conf,        database.client, metrics, workers, draining, 0, 1,
        doors,         certificate, nullptr};
    runtime = std::make_unique<daemon::Runtime>(parts, std::move(settings));
    service = std::make_unique<Service>(*runtime);
  }
  void run(io::Task<void> (*body)(World&)) { database.loop.run_until_done(follow(body)); }

 private:
  io::Task<void> follow(io::Task<void> (*body)(World&)) {
    io::Scope scope(database.loop);
    scope.spawn(service->follow());
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

// The answer as one line, or "refused: text" and the like.
static io::Task<std::string> ask(World& world, Json body) {
  net::peer::Request request{body, {}, {}};
  std::string op = body["op"];
  try {
    Json answer;
    if (op == "rcpt") answer = co_await world.service->rcpt(request);
    if (op == "login") answer = co_await world.service->login(request);
    if (op == "sender") answer = co_await world.service->sender(request);
    co_return answer.dump();
  } catch (const Refused& refused) {
    co_return std::string(wire::peer::name(refused.failure())) + ": " + refused.what();
  }
}

static io::Task<std::string> rcpt(World& world, std::string address, Json more = Json::object()) {
  more["op"] = "rcpt";
  more["address"] = std::move(address);
  return ask(world, std::move(more));
}

static io::Task<int64_t> add(World& world, std::string address) {
  model::directory::NewAccount account;
  account.address = std::move(address);
  account.password_hash = model::directory::hash_password("secret", 1);
  base::AccountId id = co_await world.admin.add_account(account);
  co_return id.value;
}

static io::Task<void> prepare(World& world) {
  CHECK((co_await rcpt(world, "a@example.org")).starts_with("temporary: "));
  CHECK(
      (co_await ask(
           world,
           {{"op", "login"}, {"login", "a"}, {"password", "b"}, {"peer", ""}, {"service", "imap"}}))
          .starts_with("temporary: "));
  for (std::string answer = "temporary"; answer.starts_with("temporary");) {
    co_await io::sleep_for(std::chrono::milliseconds(2));
    answer = co_await rcpt(world, "a@example.org");
  }
  co_await world.admin.add_domain("example.org", "");
}

static const net::pg::Statement fill = {
    "test.router.fill", "UPDATE mailbox SET bytes = $2 WHERE account_id = $1 AND name = 'INBOX'"};

static io::Task<void> recipients(World& world) {
  co_await prepare(world);
  int64_t alice = co_await add(world, "alice@example.org");
  int64_t bob = co_await add(world, "bob@example.org");
  net::pg::Params full;
  full.add(bob).add(int64_t{1} << 20);
  co_await world.database.client.query(fill, std::move(full));
  std::vector<std::string> targets = {"bob@example.org", "x@far.org"};
  co_await world.admin.add_alias("both@example.org", targets, "");
  Json trusted = {{"trusted", true}}, as_alice = {{"account", alice}},
       as_nobody = {{"account", 99}};
  std::string relayed =
      R"({"deliveries":[{"hop":"smtp://smart:25","relay":"x@far.org"}],"status":"relay"})";
  struct {
    std::string address;
    Json more;
    std::string want;
  } table[] = {
      {"Alice+tag@example.org", Json::object(),
       R"({"deliveries":[{"account":)" + std::to_string(alice) + R"(}],"status":"local"})"},
      {"bob@example.org", Json::object(), R"({"status":"over_quota"})"},
      {"both@example.org", Json::object(),
       R"({"deliveries":[{"account":)" + std::to_string(bob) +
           R"(},{"hop":"smtp://smart:25","relay":"x@far.org"}],"status":"local"})"},
      {"nobody@example.org", Json::object(), R"({"status":"unknown"})"},
      {"x@far.org", Json::object(), R"({"status":"relay_denied"})"},
      {"x@far.org", as_nobody, R"({"status":"relay_denied"})"},
      {"x@far.org", as_alice, relayed},
      {"x@far.org", trusted, relayed},
      {"no address", Json::object(), "bad_request: address: bad address syntax"},
  };
  for (auto& row : table) {
    INFO(row.address << " " << row.more.dump());
    CHECK(co_await rcpt(world, row.address, row.more) == row.want);
  }
  co_await world.admin.set_state("alice@example.org", model::directory::AccountState::suspended);
  std::string answer = relayed;
  for (int i = 0; i < 1000 && answer == relayed; i++) {
    co_await io::sleep_for(std::chrono::milliseconds(5));
    answer = co_await rcpt(world, "x@far.org", as_alice);
  }
  CHECK(answer == R"({"status":"relay_denied"})");
  CHECK(world.metrics.text().contains(
      R"(tegu_router_requests_total{op="rcpt",result="over_quota"} 1)"));
}

TEST_CASE("router service: recipients", "[router]") {
  World().run(recipients);
}

static io::Task<void> senders(World& world) {
  co_await prepare(world);
  int64_t alice = co_await add(world, "alice@example.org");
  co_await add(world, "bob@example.org");
  std::vector<std::string> targets = {"alice@example.org", "bob@example.org"};
  co_await world.admin.add_alias("both@example.org", targets, "");
  struct {
    int64_t account;
    const char* address;
    bool want;
  } table[] = {
      {alice, "alice@example.org", true}, {alice, "ALICE+x@example.org", true},
      {alice, "both@example.org", true},  {alice, "bob@example.org", false},
      {alice, "x@far.org", false},        {alice, "nobody@example.org", false},
      {99, "alice@example.org", false},
  };
  for (const auto& row : table) {
    INFO(row.address);
    Json body = {{"op", "sender"}, {"account", row.account}, {"address", row.address}};
    CHECK(co_await ask(world, body) == (row.want ? R"({"allowed":true})" : R"({"allowed":false})"));
  }
}

TEST_CASE("router service: senders", "[router]") {
  World().run(senders);
}

static io::Task<void> wiped(World& world) {
  co_await prepare(world);
  for (Json password : {Json("secret"), Json({{"base64", "c2VjcmV0"}})}) {
    Json body = {{"op", "login"},
                 {"login", "alice@example.org"},
                 {"password", password},
                 {"peer", "192.0.2.1"},
                 {"service", "imap"}};
    net::peer::Request request{body, {}, {}};
    try {
      co_await world.service->login(request);
    } catch (const Refused&) {
    }
    CHECK_FALSE(body.dump().contains("secret"));
    CHECK_FALSE(body.dump().contains("c2VjcmV0"));
  }
}

TEST_CASE("router service: the password does not stay in the request", "[router]") {
  World().run(wiped);
}

static io::Task<void> logins(World& world) {
  co_await prepare(world);
  int64_t alice = co_await add(world, "alice@example.org");
  Json body = {{"op", "login"},
               {"login", "alice@example.org"},
               {"password", "secret"},
               {"peer", "192.0.2.1"},
               {"service", "imap"}};
  CHECK(co_await ask(world, body) ==
        R"({"account":)" + std::to_string(alice) + R"(,"address":"alice@example.org"})");
  body["password"] = "wrong";
  CHECK(co_await ask(world, body) == "refused: login or password is wrong");
  body.erase("password");
  CHECK((co_await ask(world, body)).starts_with("bad_request: password"));
  CHECK(
      world.metrics.text().contains(R"(tegu_router_requests_total{op="login",result="wrong"} 1)"));
}

TEST_CASE("router service: logins", "[router]") {
  World().run(logins);
}
