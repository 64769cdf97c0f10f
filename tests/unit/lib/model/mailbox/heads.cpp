// Heads of mailboxes in a real database.
#include <catch2/catch.hpp>

#include "store_fixture.h"

using namespace tegu;
using namespace tegu::model::mailbox;
using test::StoreFixture;
using test::uids;

static std::vector<std::string> names(StoreFixture& f) {
  std::vector<std::string> names;
  for (const Head& head : f.wait(f.store.list(f.account))) names.push_back(head.name);
  return names;
}

TEST_CASE("mailbox heads: create, find, list", "[mailbox]") {
  StoreFixture f;
  auto sent = f.wait(f.store.create(f.account, "Sent", "\\Sent"));
  REQUIRE(sent);
  CHECK(sent->special_use == "\\Sent");
  CHECK(sent->subscribed);
  CHECK(sent->uidnext == 1);
  CHECK(sent->uidvalidity >= 1800000000u);
  CHECK(f.wait(f.store.create(f.account, "Sent")).error() == Refusal::exists);
  CHECK(f.wait(f.store.create(f.account, "Sent", "\\Sent")).error() == Refusal::exists);
  CHECK(f.wait(f.store.create(f.account, "m/Sent 2", "\\Sent")).error() == Refusal::use_taken);
  CHECK(!f.wait(f.store.find(f.account, "m")));
  CHECK(f.wait(f.store.create(f.account, "a//b")).error() == Refusal::bad_name);
  CHECK(f.wait(f.store.create(f.account, "inbox")).error() == Refusal::bad_name);  // not normal
  CHECK(f.wait(f.store.create(base::AccountId{999}, "x")).error() == Refusal::too_many);
  REQUIRE(f.wait(f.store.create(f.account, "a/b/c")));
  CHECK(names(f) == std::vector<std::string>{"INBOX", "Sent", "a", "a/b", "a/b/c"});
  CHECK(f.wait(f.store.find(f.account, "a/b"))->name == "a/b");
  CHECK(!f.wait(f.store.find(f.account, "A/b")));
  CHECK(f.wait(f.store.head(sent->key))->name == "Sent");
  // Another account sees nothing of it, even with the right number.
  auto other = f.add_account(2);
  CHECK(f.wait(f.store.list(other)).empty());
  CHECK(!f.wait(f.store.head({other, sent->key.mailbox})));
  CHECK(!f.wait(f.store.open({other, sent->key.mailbox})));
  CHECK(!f.wait(f.store.append({other, sent->key.mailbox}, f.messages(1), {})));
}

TEST_CASE("mailbox heads: an account has only so many", "[mailbox]") {
  StoreFixture f;
  Store small(f.imapd, f.ids, {.mailboxes = 3});
  CHECK(f.wait(small.create(f.account, "a/b")));
  CHECK(f.wait(small.create(f.account, "c")).error() == Refusal::too_many);
  CHECK(f.wait(small.create(f.account, "a/b")).error() == Refusal::exists);
  CHECK(f.wait(small.rename(f.account, "a/b", "d")) == std::nullopt);
  CHECK(f.wait(f.store.create(f.account, "c")));
}

TEST_CASE("mailbox heads: rename takes the tree along", "[mailbox]") {
  StoreFixture f;
  f.make("a/b/c");
  f.make("ab");
  f.make("a%b");
  CHECK(f.wait(f.store.rename(f.account, "a", "x/y")) == std::nullopt);
  CHECK(names(f) == std::vector<std::string>{"INBOX", "a%b", "ab", "x", "x/y", "x/y/b", "x/y/b/c"});
  CHECK(f.wait(f.store.rename(f.account, "none", "m")) == Refusal::missing);
  CHECK(f.wait(f.store.rename(f.account, "ab", "x/y")) == Refusal::exists);
  CHECK(f.wait(f.store.rename(f.account, "ab", "ab")) == Refusal::exists);
  CHECK(f.wait(f.store.rename(f.account, "x", "x/z")) == Refusal::bad_name);
  CHECK(f.wait(f.store.rename(f.account, "INBOX", "m")) == Refusal::bad_name);
  CHECK(f.wait(f.store.rename(f.account, "ab", "INBOX")) == Refusal::bad_name);
  CHECK(f.wait(f.store.rename(f.account, "ab", "bad//name")) == Refusal::bad_name);
  CHECK(f.wait(f.store.rename(f.account, "none", "p/q")) == Refusal::missing);
  CHECK(!f.wait(f.store.find(f.account, "p")));  // a refused rename makes no superiors
}

TEST_CASE("mailbox heads: a removed one comes back with another uidvalidity", "[mailbox]") {
  StoreFixture f;
  auto key = f.make("x");
  f.make("x/below");
  auto before = f.wait(f.store.head(key));
  f.add(key, 3);
  View view = f.open(key);
  CHECK(f.wait(f.store.remove(key)));
  CHECK(!f.wait(f.store.remove(key)));
  CHECK(!f.wait(f.store.remove(f.inbox)));
  CHECK(f.wait(f.store.find(f.account, "x/below")));
  CHECK(!f.wait(f.store.open(key)));
  CHECK(!f.wait(f.store.refresh(key, view)));
  CHECK(!f.wait(f.store.append(key, f.messages(1), {})));
  CHECK(!f.store_flags(key, view, uids("1"), LogEntry::Kind::add, seen));
  CHECK(!f.wait(f.store.expunge(
      key, view.apply({9, 4, {}, {{9, LogEntry::Kind::add, deleted, uids("1")}}}))));
  CHECK(!f.wait(f.store.move(key, view, uids("1"), f.inbox.mailbox)));
  CHECK(!f.wait(f.store.copy(f.inbox, view, uids("1"), key.mailbox)));
  auto again = f.wait(f.store.head(f.make("x")));
  CHECK(again->uidvalidity > before->uidvalidity);
  CHECK(again->total == 0);
  CHECK(f.open(again->key).empty());
}

static const net::pg::Statement set_quota{"test.set_quota", "UPDATE account SET quota = 12345"};

TEST_CASE("mailbox heads: subscriptions and usage", "[mailbox]") {
  StoreFixture f;
  auto key = f.make("x");
  CHECK(f.wait(f.store.subscribe(key, false)));
  CHECK(!f.wait(f.store.head(key))->subscribed);
  CHECK(!f.wait(f.store.subscribe({f.account, base::MailboxId{12345}}, true)));
  f.add(key, 3);
  f.add(f.inbox, 2);
  auto usage = f.wait(f.store.usage(f.account));
  CHECK(usage.bytes == 500);
  CHECK(usage.messages == 5);
  CHECK(!usage.quota);
  auto target = f.wait(f.store.find_target(f.account, "INBOX"));
  REQUIRE(target);
  CHECK(target->head.key == f.inbox);
  CHECK(target->usage.bytes == usage.bytes);
  CHECK(target->usage.messages == usage.messages);
  CHECK(!f.wait(f.store.find_target(f.account, "Nowhere")));
  f.sql(set_quota);
  CHECK(f.wait(f.store.usage(f.account)).quota == 12345);
  CHECK(f.wait(f.store.find_target(f.account, "INBOX"))->usage.quota == 12345);
  CHECK(f.wait(f.store.usage(f.add_account(2))).bytes == 0);
}

TEST_CASE("mailbox keywords: made once, refused when full", "[mailbox]") {
  StoreFixture f;
  CHECK(f.wait(f.store.keywords(f.inbox)).all().empty());
  auto two = f.wait(f.store.add_keywords(f.inbox, {"$Junk", "$junk", "x"}));
  CHECK(two.all() == std::vector<Keywords::Keyword>{{6, "$Junk"}, {7, "x"}});
  CHECK(f.wait(f.store.add_keywords(f.inbox, {"$JUNK"})).all() == two.all());
  auto front = f.wait(f.store.find_front(f.account, "INBOX"));
  REQUIRE(front);
  CHECK(front->head.key == f.inbox);
  CHECK(front->keywords.all() == two.all());
  std::vector<std::string> many;
  for (int i = 0; i < 57; i++) many.push_back("k" + std::to_string(i));
  // One too many: none of them, and room for what does fit stays.
  CHECK(f.wait(f.store.add_keywords(f.inbox, many)).all() == two.all());
  many.pop_back();
  CHECK(f.wait(f.store.add_keywords(f.inbox, many)).all().size() == 58);
  CHECK(f.wait(f.store.add_keywords(f.inbox, {"one more"})).all().size() == 58);
  // Those of another mailbox are others; a vanished one has none.
  CHECK(f.wait(f.store.keywords(f.make("y"))).all().empty());
  CHECK(f.wait(f.store.find_front(f.account, "y"))->keywords.all().empty());
  CHECK(!f.wait(f.store.find_front(f.account, "Nowhere")));
  CHECK(f.wait(f.store.add_keywords({f.account, base::MailboxId{9999}}, {"a"})).all().empty());
}
