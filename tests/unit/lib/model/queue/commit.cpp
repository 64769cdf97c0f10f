// One transaction for contents, mailboxes and queue, whatever happens to it.
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "io/scope.h"
#include "io/sync.h"
#include "queue_fixture.h"

using namespace tegu;
using namespace tegu::model::queue;
using model::content::Prepared;
using model::mailbox::Key;
using net::pg::Statement;
using test::QueueFixture;
using namespace std::chrono_literals;

static const Statement contents{"test.contents", "SELECT count(*) FROM content", true};
static const Statement messages{"test.messages", "SELECT count(*) FROM message", true};
static const Statement items{"test.items", "SELECT count(*) FROM queue_item", true};
static const Statement loose{"test.loose", "SELECT count(*) FROM content_loose", true};

TEST_CASE("queue commit: a letter into mailboxes, in order", "[queue]") {
  QueueFixture f;
  Key a = f.add_account(), b = f.add_account();
  auto first = f.letter(10), second = f.letter(200000);
  Change change;
  change.placements.push_back(f.place(first, {b, a}));
  change.placements.push_back(f.place(second, {a}));
  change.placements.back().mailboxes[0].flags = 8;
  auto delivered = f.wait(f.queue.commit(change));
  REQUIRE(delivered.size() == 3);
  CHECK(delivered[0].key == b);
  CHECK(delivered[0].uid == 1);
  CHECK(delivered[1].key == a);
  CHECK(delivered[1].uid == 1);
  CHECK(delivered[2].key == a);
  CHECK(delivered[2].uid == 2);
  CHECK(delivered[2].modseq == delivered[1].modseq);
  auto view = f.wait(f.mailboxes.open(a)).value();
  CHECK(view.size() == 2);
  CHECK(view.at(0).content == first.id);
  CHECK(view.at(1).size == second.size);
  auto head = f.wait(f.mailboxes.head(a)).value();
  CHECK(head.total == 2);
  CHECK(head.unseen == 1);
  CHECK(head.bytes == first.size + second.size);
  CHECK(f.count(contents) == 2);  // shared
}

TEST_CASE("queue commit: INBOX by account alone", "[queue]") {
  QueueFixture f;
  Key a = f.add_account();
  auto letter = f.letter();
  auto delivered = f.commit(f.place(letter, {{a.account, {}}}));
  CHECK(delivered[0].key == a);
}

TEST_CASE("queue commit: a vanished mailbox stops all of it and is named", "[queue]") {
  QueueFixture f;
  Key a = f.add_account();
  auto letter = f.letter(), other = f.letter();
  Key gone{a.account, base::MailboxId{99999}}, nobody{base::AccountId{777}, {}};
  Change change;
  change.placements.push_back(f.place(letter, {a, gone}));
  change.placements.push_back(f.place(other, {nobody}));
  f.add_item(change.placements.back(), {"x@y.example"});
  try {
    f.wait(f.queue.commit(change));
    FAIL("committed");
  } catch (const MailboxGone& error) {
    CHECK(error.keys() == std::vector{gone, nobody});
  }
  CHECK(f.count(contents) == 0);
  CHECK(f.count(messages) == 0);
  CHECK(f.count(items) == 0);
  CHECK(f.wait(f.mailboxes.head(a))->uidnext == 1);
}

TEST_CASE("queue commit: a queued letter keeps all of its envelope", "[queue]") {
  QueueFixture f;
  auto letter = f.letter();
  auto placement = f.place(letter);
  f.add_item(placement, {"one@a.example", "\"two words\"@b.example"});
  Item& item = *placement.item;
  item.sender = {};
  item.ret = wire::smtp::Ret::headers;
  item.envid = "env";
  item.body = wire::smtp::BodyType::binary_mime;
  item.smtputf8 = true;
  item.login = "a@b";
  Recipient& two = placement.recipients[1];
  two.next_hop = "lmtp:/run/x";
  two.notify = {.never = false, .success = true, .failure = false, .delay = true};
  two.original = {"rfc822", "orig@x"};
  f.commit(placement);
  auto leases = f.wait(f.queue.lease(10));
  REQUIRE(leases.size() == 1);
  const Item& got = leases[0].item;
  CHECK(got.id == item.id);
  CHECK(got.content == letter.id);
  CHECK(got.log_id == item.log_id);
  CHECK(got.sender.is_null());
  CHECK(got.size == letter.size);
  CHECK(got.ret == item.ret);
  CHECK(got.envid == "env");
  CHECK(got.body == item.body);
  CHECK(got.smtputf8);
  CHECK(got.login == "a@b");
  CHECK(got.created_at == item.created_at);
  CHECK(got.expires_at == item.expires_at);
  REQUIRE(leases[0].recipients.size() == 2);
  const Recipient& rcpt = leases[0].recipients[1];
  CHECK(rcpt.seq == 1);
  CHECK(rcpt.address == two.address);
  CHECK(rcpt.next_hop == two.next_hop);
  CHECK(rcpt.notify == two.notify);
  CHECK(rcpt.original == two.original);
  CHECK(!leases[0].recipients[0].original);
}

TEST_CASE("queue commit: done and delivered are one step", "[queue]") {
  QueueFixture f;
  Key a = f.add_account();
  auto content = f.enqueue({"a@q1.example", "b@q1.example"});
  auto lease = f.wait(f.queue.lease(10)).at(0);
  Change change;
  Placement placement;
  placement.content = content;
  placement.size = lease.item.size;
  placement.mailboxes.push_back({a.account, {}, 0, base::wall_now()});
  change.placements.push_back(placement);
  change.done = {{lease.item.id, 0}};
  CHECK(f.wait(f.queue.commit(change)).at(0).uid == 1);
  CHECK(f.count(items) == 1);
  CHECK(f.count(loose) == 0);
  // The same again is refused: that recipient is not ours any more.
  CHECK_THROWS_AS(f.wait(f.queue.commit(change)), LeaseLost);
  CHECK(f.wait(f.mailboxes.head(a))->total == 1);
  Change last;
  last.done = {{lease.item.id, 1}};
  f.wait(f.queue.commit(last));
  CHECK(f.count(items) == 0);
  CHECK(f.count(loose) == 1);  // noted; the mailbox still holds it
}

TEST_CASE("queue commit: a report comes with the end of its recipient", "[queue]") {
  QueueFixture f;
  f.enqueue({"a@q1.example"});
  auto lease = f.wait(f.queue.lease(10)).at(0);
  auto report = f.letter();
  Change change;
  change.placements.push_back(f.place(report));
  f.add_item(change.placements.back(), {"sender@example.org"});
  change.done = {{lease.item.id, 0}};
  f.wait(f.queue.commit(change));
  auto listed = f.wait(f.queue.list({}, {}, 10));
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].item.content == report.id);
}

TEST_CASE("queue commit: its statements can be made ready", "[queue]") {
  test::ModelDatabase database;
  auto hot = model::queue::hot_calls();
  CHECK(hot.size() == 9);
  CHECK(test::warmed(database, "tegu_queue", hot) == hot.size());
}

TEST_CASE("queue commit: nothing is a change too", "[queue]") {
  QueueFixture f;
  CHECK(f.wait(f.queue.commit({})).empty());
}

TEST_CASE("queue commit: two nodes finish the last recipients of one item", "[queue]") {
  QueueFixture f;
  Store there(f.daemon, f.ids, "there", 60s);
  for (int round = 0; round < 20; round++) {
    f.enqueue({"a@x.example", "b@x.example"});
    auto mine = f.wait(f.queue.lease(1)), theirs = f.wait(there.lease(1));
    REQUIRE(mine.size() == 1);
    REQUIRE(theirs.size() == 1);
    Change first, second;
    first.done = {{mine[0].item.id, mine[0].recipients[0].seq}};
    second.done = {{theirs[0].item.id, theirs[0].recipients[0].seq}};
    struct Both {
      static io::Task<void> one(Store& store, Change change) {
        co_await store.commit(std::move(change));
      }
      static io::Task<void> run(Store& a, Store& b, Change x, Change y) {
        io::Scope scope(*(co_await io::this_environment()).loop);
        scope.spawn(one(a, std::move(x)));
        scope.spawn(one(b, std::move(y)));
        co_await scope.join();
      }
    };
    f.wait(Both::run(f.queue, there, first, second));
    REQUIRE(f.count(items) == 0);
  }
}

// ---- many at once, and connections that die

namespace {

struct Sent {
  std::set<int64_t> stored;
  int refused = 0;
};

io::Task<void> deliver_many(Store& store, model::content::IdSource& ids, std::vector<Key> keys,
                            unsigned seed, int batches, Sent& sent) {
  std::mt19937 random(seed);
  for (int i = 0; i < batches; i++) {
    std::vector<Prepared> letters;
    for (unsigned n = 1 + random() % 5; n > 0; n--) {
      auto id = co_await ids.next_content();
      letters.push_back(model::content::prepare("Subject: x\r\n\r\nbody\r\n", id));
    }
    Change change;
    for (const Prepared& letter : letters) {
      Placement placement;
      placement.letter = &letter;
      placement.content = letter.id;
      placement.size = letter.size;
      for (Key key : keys) {
        if (random() % 2) placement.mailboxes.push_back({key.account, {}, 0, base::wall_now()});
      }
      if (placement.mailboxes.empty()) {
        placement.mailboxes.push_back({keys[0].account, {}, 0, base::wall_now()});
      }
      change.placements.push_back(std::move(placement));
    }
    try {
      co_await store.commit(std::move(change));
      for (const Prepared& letter : letters) sent.stored.insert(letter.id.value);
    } catch (const net::pg::Error&) {
      sent.refused++;
    }
  }
}

io::Task<void> kill_often(net::pg::Client& killer, bool& done) {
  static const Statement kill{"test.kill_queue",
                              "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                              "WHERE pid <> pg_backend_pid() AND datname = current_database()"};
  while (!done) {
    try {
      co_await killer.query(kill);
    } catch (const net::pg::Error&) {
      // Its own connections die too.
    }
    co_await io::sleep_for(20ms);
  }
}

io::Task<void> deliver_from_two(Store& one, Store& two, model::content::IdSource& ids,
                                std::vector<Key> keys, net::pg::Client* killer, Sent& sent) {
  io::Loop& loop = *(co_await io::this_environment()).loop;
  io::Scope writers(loop), killers(loop);
  bool done = false;
  if (killer != nullptr) killers.spawn(kill_often(*killer, done));
  for (unsigned i = 0; i < 6; i++) {
    writers.spawn(deliver_many(i % 2 ? one : two, ids, keys, i, killer != nullptr ? 12 : 30, sent));
  }
  co_await writers.join();
  done = true;
  co_await killers.join();
}

// What the tables hold fits together, and holds all that was promised, once.
void check_all(QueueFixture& f, const std::vector<Key>& keys, const Sent& sent) {
  static const Statement doubled{
      "test.doubled_messages",
      "SELECT count(*) FROM (SELECT account_id, content_id FROM message GROUP BY 1, 2 "
      "HAVING count(*) > 1) AS d",
      true};
  static const Statement orphans{
      "test.orphans",
      "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT FROM content WHERE id = "
      "m.content_id)",
      true};
  CHECK(f.count(doubled) == 0);
  CHECK(f.count(orphans) == 0);
  std::set<int64_t> found;
  for (Key key : keys) {
    auto view = f.wait(f.mailboxes.open(key)).value();
    auto head = f.wait(f.mailboxes.head(key)).value();
    CHECK(head.total == view.size());
    CHECK(head.bytes == view.counters().bytes);
    for (size_t i = 0; i < view.size(); i++) {
      CHECK(view.at(i).uid == i + 1);
      if (i > 0) CHECK(view.at(i).modseq >= view.at(i - 1).modseq);
      found.insert(view.at(i).content.value);
    }
  }
  for (int64_t id : sent.stored) {
    if (!found.contains(id)) FAIL_CHECK("lost " << id);
  }
}

}  // namespace

TEST_CASE("queue commit: two nodes into the same mailboxes", "[queue]") {
  QueueFixture f;
  net::pg::Client second(f.loop, f.as("tegu_queue"));
  Store other(second, f.ids, "there", 60s);
  std::vector<Key> keys;
  for (int i = 0; i < 5; i++) keys.push_back(f.add_account());
  Sent sent;
  f.wait(deliver_from_two(f.queue, other, f.ids, keys, nullptr, sent));
  CHECK(sent.refused == 0);
  check_all(f, keys, sent);
}

static io::Task<void> crash_later(io::Event& happened) {
  for (int i = 0; i < 3; i++) {
    co_await io::sleep_for(150ms);
    test::Postgres::shared().restart();
  }
  happened.set();
}

static io::Task<void> deliver_through_crashes(Store& store, model::content::IdSource& ids,
                                              std::vector<Key> keys, Sent& sent) {
  io::Scope scope(*(co_await io::this_environment()).loop);
  io::Event over;
  scope.spawn(crash_later(over));
  for (unsigned i = 0; !over.is_set(); i++) {
    co_await deliver_many(store, ids, keys, i, 3, sent);
  }
  co_await deliver_many(store, ids, keys, 99, 3, sent);
  co_await scope.join();
}

TEST_CASE("queue commit: the server crashes, what was promised is there", "[queue]") {
  QueueFixture f;
  std::vector<Key> keys;
  for (int i = 0; i < 3; i++) keys.push_back(f.add_account());
  Sent sent;
  f.wait(deliver_through_crashes(f.queue, f.ids, keys, sent));
  CHECK(sent.stored.size() > 10);
  check_all(f, keys, sent);
}

TEST_CASE("queue commit: connections die, nothing is lost and nothing doubled", "[queue]") {
  QueueFixture f;
  net::pg::Client second(f.loop, f.as("tegu_queue"));
  net::pg::Client killer(f.loop, QueueFixture::config_of(f.conninfo));
  Store other(second, f.ids, "there", 60s);
  std::vector<Key> keys;
  for (int i = 0; i < 5; i++) keys.push_back(f.add_account());
  Sent sent;
  f.wait(deliver_from_two(f.queue, other, f.ids, keys, &killer, sent));
  CHECK(sent.stored.size() > 20);
  check_all(f, keys, sent);
}
