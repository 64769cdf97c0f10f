// Leases, the administrator's hands and the sweep.
#include "model/queue/store.h"

#include <catch2/catch.hpp>

#include "model/content/reader.h"
#include "queue_fixture.h"

using namespace tegu;
using namespace tegu::model::queue;
using model::mailbox::Key;
using net::pg::Statement;
using test::QueueFixture;
using namespace std::chrono_literals;

static const Statement end_leases{"test.end_leases",
                                  "UPDATE queue_rcpt SET lease_until = now() - interval '1 s'"};
static const Statement lease_left{
    "test.lease_left",
    "SELECT coalesce(extract(epoch FROM min(lease_until) - now()), -1)::bigint FROM queue_rcpt",
    true};
static const Statement shorten{"test.shorten",
                               "UPDATE queue_rcpt SET lease_until = now() + interval '5 s'"};

static size_t recipients(const std::vector<Lease>& leases) {
  size_t count = 0;
  for (const Lease& lease : leases) count += lease.recipients.size();
  return count;
}

TEST_CASE("queue lease: one node at a time, others take over", "[queue]") {
  QueueFixture f;
  Store there(f.daemon, f.ids, "there", 60s);
  f.enqueue({"a@x.example", "b@x.example", "c@x.example"});
  CHECK(recipients(f.wait(f.queue.lease(2))) == 2);
  CHECK(recipients(f.wait(there.lease(10))) == 1);
  CHECK(f.wait(there.lease(10)).empty());
  CHECK(f.wait(f.queue.overview()).leased == 3);
  f.sql(end_leases);
  auto taken = f.wait(there.lease(10));
  CHECK(recipients(taken) == 3);
  CHECK(taken[0].recipients[0].leased_by == "there");
  Change late;
  late.done = {{taken[0].item.id, taken[0].recipients[0].seq}};
  CHECK_THROWS_AS(f.wait(f.queue.commit(late)), LeaseLost);
  f.wait(there.commit(late));
}

TEST_CASE("queue lease: only what is due, longest overdue first", "[queue]") {
  QueueFixture f;
  auto letter = f.letter();
  auto placement = f.place(letter);
  f.add_item(placement, {"new@x.example", "old@x.example", "later@x.example", "held@x.example"});
  placement.recipients[1].next_try_at -= 1h;
  placement.recipients[2].next_try_at += 1h;
  placement.recipients[3].state = State::held;
  f.commit(placement);
  CHECK(f.wait(f.queue.lease(1))[0].recipients[0].address.local == "old");
  CHECK(f.wait(f.queue.lease(9))[0].recipients[0].address.local == "new");
  CHECK(f.wait(f.queue.lease(9)).empty());
  CHECK(f.wait(f.queue.next_due()) == placement.recipients[2].next_try_at);
}

TEST_CASE("queue lease: extended, and freed by its node", "[queue]") {
  QueueFixture f;
  Store there(f.daemon, f.ids, "there", 60s);
  f.wait(f.queue.extend_leases());
  f.enqueue({"a@x.example"});
  auto lease = f.wait(f.queue.lease(10)).at(0);
  f.sql(shorten);
  f.wait(there.extend_leases());
  CHECK(f.count(lease_left) <= 5);
  f.wait(f.queue.extend_leases());
  CHECK(f.count(lease_left) > 50);
  // A node that was born anew knows of no lease, as one whose answer was lost: it is free with the
  // first heartbeat. Another node's is not.
  Store again(f.daemon, f.ids, "here", 60s);
  CHECK(f.wait(there.lease(10)).empty());
  f.wait(again.extend_leases());
  CHECK(recipients(f.wait(there.lease(10))) == 1);
  f.wait(again.extend_leases());
  CHECK(f.wait(again.lease(10)).empty());
  f.wait(there.free_leases());
  CHECK(recipients(f.wait(again.lease(10))) == 1);
  f.wait(again.extend_leases());
  CHECK(f.wait(there.lease(10)).empty());
}

TEST_CASE("queue deferral: attempts, reply and the next time", "[queue]") {
  QueueFixture f;
  f.enqueue({"a@x.example", "b@x.example"});
  auto lease = f.wait(f.queue.lease(10)).at(0);
  auto soon = std::chrono::time_point_cast<std::chrono::microseconds>(base::wall_now() + 5min);
  Change change;
  change.deferred.push_back({{lease.item.id, 0}, soon, "451 4.3.0 later", true, std::nullopt});
  change.deferred.push_back({{lease.item.id, 1}, soon - 10min, "", false, "smtp://relay:25"});
  f.wait(f.queue.commit(change));
  auto listed = f.wait(f.queue.list({}, {}, 10)).at(0).recipients;
  CHECK(listed[0].attempts == 1);
  CHECK(listed[0].last_reply == "451 4.3.0 later");
  CHECK(listed[0].next_try_at == soon);
  CHECK(listed[0].delay_told);
  CHECK(listed[0].last_try_at);
  CHECK(listed[0].leased_by.empty());
  CHECK(listed[1].next_hop == "smtp://relay:25");
  CHECK(!listed[1].delay_told);
  // What is not leased is left alone.
  change.deferred.resize(1);
  change.deferred[0].delay_told = false;
  f.wait(f.queue.commit(change));
  CHECK(f.wait(f.queue.list({}, {}, 10)).at(0).recipients[0].attempts == 1);
  auto again = f.wait(f.queue.lease(10)).at(0);
  REQUIRE(again.recipients.size() == 1);
  CHECK(again.recipients[0].seq == 1);
  CHECK(again.recipients[0].attempts == 1);
}

TEST_CASE("queue: the administrator's hands", "[queue]") {
  QueueFixture f;
  f.enqueue({"a@one.example", "b@two.example"});
  f.enqueue({"c@two.example"});
  f.enqueue({"d@2two.example"});
  auto all = f.wait(f.queue.list({}, {}, 10));
  REQUIRE(all.size() == 3);
  auto names = [](const std::vector<Lease>& leases) {
    std::string names;
    for (const Lease& lease : leases) {
      for (const Recipient& recipient : lease.recipients) names += recipient.address.local;
    }
    return names;
  };
  CHECK(names(all) == "abcd");
  CHECK(names(f.wait(f.queue.list({}, {}, 1))) == "ab");
  CHECK(names(f.wait(f.queue.list({}, all[0].item.id, 10))) == "cd");
  CHECK(names(f.wait(f.queue.list({.domain = "two.example"}, {}, 10))) == "bc");
  CHECK(names(f.wait(f.queue.list({.domain = "_two.example"}, {}, 10))) == "");
  CHECK(names(f.wait(f.queue.list({.recipient = "d@2two.example"}, {}, 10))) == "d");
  CHECK(names(f.wait(f.queue.list({.sender = "sender@example.org"}, {}, 10))) == "abcd");
  CHECK(names(f.wait(f.queue.list({.sender = "nobody@example.org"}, {}, 10))) == "");
  CHECK(names(f.wait(f.queue.list({.item = all[1].item.id}, {}, 10))) == "c");

  CHECK(f.wait(f.queue.hold({.domain = "two.example"})) == 2);
  CHECK(f.wait(f.queue.hold({.domain = "two.example"})) == 0);
  CHECK(names(f.wait(f.queue.list({.state = State::held}, {}, 10))) == "bc");
  CHECK(names(f.wait(f.queue.lease(10))) == "ad");
  CHECK(f.wait(f.queue.release({.recipient = "b@two.example"})) == 1);
  CHECK(names(f.wait(f.queue.lease(10))) == "b");

  auto overview = f.wait(f.queue.overview());
  CHECK(overview.items == 3);
  CHECK(overview.ready == 3);
  CHECK(overview.held == 1);
  CHECK(overview.leased == 3);
  CHECK(overview.due == 0);
  CHECK(overview.oldest == all[0].item.created_at);

  CHECK(f.wait(f.queue.remove({.item = all[0].item.id, .recipient = "a@one.example"})) == 1);
  CHECK(names(f.wait(f.queue.list({}, {}, 10))) == "bcd");
  CHECK(f.wait(f.queue.remove({})) == 3);
  CHECK(f.wait(f.queue.overview()).items == 0);
  CHECK(!f.wait(f.queue.overview()).oldest);
}

static const Statement damage{"test.damage",
                              "UPDATE queue_rcpt SET rcpt = 'no address' WHERE seq = 0"};

TEST_CASE("queue lease: a damaged row does not stop the others", "[queue]") {
  QueueFixture f;
  f.enqueue({"a@x.example", "b@x.example"});
  f.sql(damage);
  auto leases = f.wait(f.queue.lease(10));
  REQUIRE(recipients(leases) == 1);
  CHECK(leases[0].recipients[0].address.local == "b");
}

TEST_CASE("queue: flush makes due what waits", "[queue]") {
  QueueFixture f;
  f.enqueue({"a@x.example"});
  auto lease = f.wait(f.queue.lease(10)).at(0);
  Change change;
  change.deferred.push_back({{lease.item.id, 0}, base::wall_now() + 1h, "450", false, {}});
  f.wait(f.queue.commit(change));
  CHECK(f.wait(f.queue.lease(10)).empty());
  CHECK(f.wait(f.queue.flush({.domain = "other.example"})) == 0);
  CHECK(f.wait(f.queue.flush({})) == 1);
  CHECK(recipients(f.wait(f.queue.lease(10))) == 1);
}

static const Statement age_loose{"test.age_loose",
                                 "UPDATE content_loose SET since = now() - interval '2 h'"};
static const Statement age_contents{"test.age_contents",
                                    "UPDATE content SET created_at = now() - interval '2 d'"};
static const Statement forget_loose{"test.forget_loose", "DELETE FROM content_loose"};
static const Statement contents{"test.contents_left", "SELECT count(*) FROM content", true};
static const Statement chunks{"test.chunks_left", "SELECT count(*) FROM content_chunk", true};
static const Statement loose{"test.loose_left", "SELECT count(*) FROM content_loose", true};

TEST_CASE("queue sweep: content goes when nothing names it, and not before", "[queue]") {
  QueueFixture f;
  Key a = f.add_account();
  auto in_mailbox = f.letter(), in_both = f.letter(), only_queued = f.letter(200000);
  auto both = f.place(in_both, {a}), queued = f.place(only_queued);
  f.add_item(both, {"x@y.example"});
  f.add_item(queued, {"x@y.example"});
  f.commit(f.place(in_mailbox, {a}));
  f.commit(both);
  f.commit(queued);
  CHECK(f.count(chunks) == 4);
  f.wait(f.queue.remove({}));
  CHECK(f.count(loose) == 2);
  CHECK(f.wait(f.queue.sweep(0s, 100)).looked_at == 0);  // too young, whatever was asked for
  f.sql(age_loose);
  auto swept = f.wait(f.queue.sweep(1h, 100));
  CHECK(swept.looked_at == 2);
  CHECK(swept.deleted == 1);
  CHECK(f.count(contents) == 2);
  CHECK(f.count(chunks) == 0);
  CHECK(f.count(loose) == 0);
  // The mailbox lets go of its letters.
  auto view = f.wait(f.mailboxes.open(a)).value();
  auto all = model::mailbox::UidSet::parse("1:2").value();
  std::vector<model::mailbox::FlagChange> marked{
      {all, model::mailbox::LogEntry::Kind::add, model::mailbox::deleted}};
  view = f.wait(f.mailboxes.store_flags(a, view, marked))->view;
  f.wait(f.mailboxes.expunge(a, view));
  CHECK(f.count(loose) == 0);  // could still be undeleted
  f.wait(f.mailboxes.prune(a, base::wall_now() + 1h));
  CHECK(f.count(loose) == 2);
  f.sql(age_loose);
  CHECK(f.wait(f.queue.sweep(1h, 1)).deleted == 1);
  CHECK(f.wait(f.queue.sweep(1h, 100)).deleted == 1);
  CHECK(f.count(contents) == 0);
}

TEST_CASE("queue sweep: what was forgotten is found", "[queue]") {
  QueueFixture f;
  Key a = f.add_account();
  auto kept = f.letter();
  f.commit(f.place(kept, {a}));
  f.enqueue({"x@y.example"});
  f.wait(f.queue.remove({}));
  f.sql(forget_loose);
  CHECK(f.wait(f.queue.find_unreferenced({}, 10)).value > 0);
  CHECK(f.count(loose) == 0);  // younger than a day
  f.sql(age_contents);
  auto last = f.wait(f.queue.find_unreferenced({}, 1));
  CHECK(last == kept.id);
  CHECK(f.count(loose) == 0);
  last = f.wait(f.queue.find_unreferenced(last, 10));
  CHECK(f.count(loose) == 1);
  CHECK(!f.wait(f.queue.find_unreferenced(last, 10)));
}
