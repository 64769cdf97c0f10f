#include "model/directory/admin.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "model/directory/reader.h"
#include "support/model.h"

using namespace tegu;
using namespace tegu::model::directory;
using net::pg::Client;
using net::pg::Rows;
using net::pg::Statement;
using test::ModelDatabase;

// What the administrator is told; empty when the task succeeds.
static io::Task<std::string> refusal(io::Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const base::UsageError& error) {
    co_return error.what();
  }
  co_return "";
}
template <class T>
static io::Task<void> ignore(io::Task<T> task) {
  co_await std::move(task);
}
template <class T>
static io::Task<std::string> refused(io::Task<T> task) {
  return refusal(ignore(std::move(task)));
}

static NewAccount account(std::string address) {
  NewAccount account;
  account.address = std::move(address);
  account.password_hash = "$y$hash";
  return account;
}

static io::Task<void> manage_domains(Client& client) {
  Admin admin(client);
  base::DomainId id = co_await admin.add_domain("Example.ORG", "main");
  CHECK(id.value > 0);
  CHECK(co_await refused(admin.add_domain("example.org", "")) ==
        "example.org: the domain exists already");
  CHECK((co_await refused(admin.add_domain("no domain", ""))).contains("wants a domain"));
  co_await admin.add_domain_alias("example.net", "example.org");
  CHECK(co_await refused(admin.add_domain_alias("example.com", "example.net")) ==
        "example.net: is an alias itself");
  CHECK(co_await refused(admin.add_domain_alias("example.com", "nowhere.org")) ==
        "nowhere.org: no such domain");
  CHECK(co_await refused(admin.add_domain_alias("example.net", "example.org")) ==
        "example.net: the domain exists already");
  std::vector<std::string> targets = {"Alice@example.org", "alice@example.org", "x@other.org"};
  co_await admin.set_catch_all("example.org", targets);
  co_await admin.set_domain_active("example.net", false);
  auto listed = co_await admin.list_domains();
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].domain.name == "example.net");
  CHECK(listed[0].alias_of == "example.org");
  CHECK_FALSE(listed[0].domain.active);
  CHECK(listed[1].domain.note == "main");
  CHECK(listed[1].domain.catch_all == std::vector<std::string>{"alice@example.org", "x@other.org"});
  CHECK((co_await refused(admin.remove_domain("example.org"))).contains("remove them first"));
  co_await admin.remove_domain("example.net");
  co_await admin.remove_domain("example.org");
  CHECK(co_await refused(admin.remove_domain("example.org")) == "example.org: no such domain");
  CHECK(co_await refused(admin.set_catch_all("example.org", {})) == "example.org: no such domain");
}

TEST_CASE("directory: domains come, are listed and go", "[directory]") {
  ModelDatabase().run(manage_domains);
}

static const Statement mailboxes = {
    "test.directory.mailboxes",
    "SELECT name, special_use FROM mailbox WHERE account_id = $1 ORDER BY id", true};
static const Statement leftovers = {
    "test.directory.leftovers",
    "SELECT (SELECT count(*) FROM mailbox) + (SELECT count(*) FROM credential)"
    " + (SELECT count(*) FROM message) + (SELECT count(*) FROM mailbox_log)",
    true};
static const Statement fill = {
    "test.directory.fill",
    "WITH m AS (INSERT INTO message (account_id, mailbox_id, uid, content_id, modseq, flags, size,"
    " internal_date) SELECT account_id, id, 1, 1, 1, 0, 10, now() FROM mailbox)"
    " UPDATE mailbox SET total = 1, bytes = 10"};

static io::Task<void> manage_accounts(Client& client) {
  Admin admin(client);
  CHECK(co_await refused(admin.add_account(account("alice@example.org"))) ==
        "example.org: no such domain; add it first");
  co_await admin.add_domain("example.org", "");
  co_await admin.add_domain_alias("example.net", "example.org");
  NewAccount alice = account("Alice@example.org");
  alice.display_name = "Alice";
  alice.quota = 1000;
  base::AccountId id = co_await admin.add_account(alice);
  CHECK(co_await refused(admin.add_account(account("alice@EXAMPLE.org"))) ==
        "alice@example.org: the account exists already");
  CHECK((co_await refused(admin.add_account(account("bob@example.net")))).contains("is an alias"));
  CHECK((co_await refused(admin.add_account(account("nonsense")))).contains("wants an address"));
  alice.address = "carol@example.org";
  alice.quota = 0;
  CHECK((co_await refused(admin.add_account(alice))).contains("wants a size"));

  net::pg::Params params;
  params.add(id.value);
  Rows rows = co_await client.query(mailboxes, std::move(params));
  std::vector<std::string> got;
  for (auto row : rows) got.push_back(std::string(row.text(0)) + std::string(row.text(1)));
  CHECK(got == std::vector<std::string>{"INBOX", "Drafts\\Drafts", "Sent\\Sent", "Trash\\Trash",
                                        "Junk\\Junk", "Archive\\Archive"});

  co_await client.query(fill);
  ListedAccount shown = co_await admin.show_account("ALICE@example.org");
  CHECK(shown.account.id == id);
  CHECK(shown.account.address == "alice@example.org");
  CHECK(shown.account.display_name == "Alice");
  CHECK(shown.account.state == AccountState::active);
  CHECK(shown.account.quota == 1000);
  CHECK(shown.messages == 6);
  CHECK(shown.bytes == 60);

  co_await admin.set_state("alice@example.org", AccountState::suspended);
  co_await admin.set_quota("alice@example.org", std::nullopt);
  co_await admin.set_display_name("alice@example.org", "A.");
  co_await admin.add_account(account("zoe@example.org"));
  auto listed = co_await admin.list_accounts("example.org");
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].account.state == AccountState::suspended);
  CHECK(listed[0].account.quota == std::nullopt);
  CHECK(listed[0].account.display_name == "A.");
  CHECK(listed[1].messages == 0);
  CHECK((co_await admin.list_accounts("")).size() == 2);
  CHECK((co_await admin.list_accounts("other.org")).empty());

  co_await admin.remove_account("alice@example.org");
  co_await admin.remove_account("zoe@example.org");
  Rows left = co_await client.query(leftovers);
  CHECK(left.one().int8(0) == 0);
  for (auto text : {co_await refused(admin.remove_account("alice@example.org")),
                    co_await refused(admin.show_account("alice@example.org")),
                    co_await refused(admin.set_quota("alice@example.org", 5)),
                    co_await refused(admin.set_password("alice@example.org", "h"))}) {
    CHECK(text == "alice@example.org: no such account");
  }
}

TEST_CASE("directory: accounts come with their mailboxes and go with everything", "[directory]") {
  ModelDatabase().run(manage_accounts);
}

static io::Task<void> manage_credentials(Client& client) {
  Admin admin(client);
  Reader reader(client);
  co_await admin.add_domain("example.org", "");
  NewAccount locked = account("a@example.org");
  locked.password_hash.reset();
  base::AccountId id = co_await admin.add_account(locked);
  io::Deadline soon = net::pg::default_deadline();
  CHECK((co_await reader.credentials(id, soon)).empty());
  base::WallTime now = base::wall_now();
  int64_t phone = co_await admin.add_app_password("a@example.org", "phone", "h1", std::nullopt);
  co_await admin.add_app_password("a@example.org", "old", "h2", now - std::chrono::hours(1));
  co_await admin.set_password("a@example.org", "h3");
  co_await admin.set_password("a@example.org", "h4");
  auto listed = co_await admin.list_credentials("a@example.org");
  REQUIRE(listed.size() == 3);
  CHECK(listed[0].kind == "password");
  CHECK(listed[0].hash.empty());
  CHECK(listed[2].label == "old");
  CHECK(listed[2].expires_at.has_value());
  auto usable = co_await reader.credentials(id, soon);
  REQUIRE(usable.size() == 2);
  CHECK(usable[0].hash == "h4");
  CHECK(usable[1].hash == "h1");
  co_await admin.remove_credential("a@example.org", phone);
  CHECK((co_await refused(admin.remove_credential("a@example.org", phone)))
            .contains("no credential with the number"));
  CHECK((co_await reader.credentials(id, soon)).size() == 1);
}

TEST_CASE("directory: one password, many app passwords, the expired ones unseen", "[directory]") {
  ModelDatabase().run(manage_credentials);
}

static io::Task<void> manage_aliases(Client& client) {
  Admin admin(client);
  co_await admin.add_domain("example.org", "");
  co_await admin.add_account(account("a@example.org"));
  std::vector<std::string> two = {"A@example.org", "b@other.org"}, one = {"a@example.org"};
  std::vector<std::string> none, bad = {"nonsense"};
  co_await admin.add_alias("Sales@example.org", two, "team");
  CHECK(co_await refused(admin.add_alias("sales@example.org", one, "")) ==
        "sales@example.org: the alias exists already");
  CHECK(co_await refused(admin.add_alias("a@example.org", one, "")) ==
        "a@example.org: an account has this address");
  CHECK(co_await refused(admin.add_account(account("sales@example.org"))) ==
        "sales@example.org: an alias has this address; remove it first");
  CHECK((co_await refused(admin.add_alias("x@example.org", none, ""))).contains("at least one"));
  CHECK((co_await refused(admin.add_alias("x@example.org", bad, ""))).contains("wants an address"));
  CHECK((co_await refused(admin.add_alias("x@nowhere.org", one, ""))).contains("no such domain"));
  co_await admin.set_alias_active("sales@example.org", false);
  auto listed = co_await admin.list_aliases("");
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].address == "sales@example.org");
  CHECK(listed[0].targets == std::vector<std::string>{"a@example.org", "b@other.org"});
  CHECK_FALSE(listed[0].active);
  CHECK(listed[0].note == "team");
  co_await admin.set_targets("sales@example.org", one);
  CHECK((co_await admin.list_aliases("example.org"))[0].targets == one);
  co_await admin.remove_alias("sales@example.org");
  CHECK(co_await refused(admin.remove_alias("sales@example.org")) ==
        "sales@example.org: no such alias");
}

TEST_CASE("directory: aliases and accounts never share an address", "[directory]") {
  ModelDatabase().run(manage_aliases);
}

static io::Task<void> manage_routes(Client& client) {
  Admin admin(client);
  co_await admin.set_route("Example.net", "smtp://relay:25", true, "");
  co_await admin.set_route("example.net", "lmtp:/run/x.sock", false, "new");
  co_await admin.set_route("User@example.org", "mx", false, "");
  CHECK((co_await refused(admin.set_route("*", "mx", true, ""))).contains("whole world"));
  CHECK((co_await refused(admin.set_route("a", "relay", false, ""))).contains("next hop: wants"));
  CHECK((co_await refused(admin.set_route("a b", "mx", false, ""))).contains("wants example.org"));
  auto routes = co_await admin.list_routes();
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].key == "example.net");
  CHECK(routes[0].next_hop == "lmtp:/run/x.sock");
  CHECK_FALSE(routes[0].relay);
  CHECK(routes[1].key == "user@example.org");
  co_await admin.remove_route("example.net");
  CHECK(co_await refused(admin.remove_route("example.net")) == "example.net: no such route");
}

TEST_CASE("directory: routes are set, replaced and removed", "[directory]") {
  ModelDatabase().run(manage_routes);
}
