// Mailboxes in a real database: what the writes promise, alone and against each other.
#include "model/mailbox/store.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "io/scope.h"
#include "store_fixture.h"

using namespace tegu;
using namespace tegu::model::mailbox;
using net::pg::Params;
using net::pg::Statement;
using test::StoreFixture;
using test::uids;
using Kind = LogEntry::Kind;

static View::Counters counters(const Head& head) {
  return {head.total, head.unseen, head.deleted, head.bytes};
}

static UidSet all_uids(const View& view) {
  UidSet set;
  for (size_t i = 0; i < view.size(); i++) set.append(view.at(i).uid);
  return set;
}

TEST_CASE("mailbox store: append gives UIDs in order", "[mailbox]") {
  StoreFixture f;
  View empty = f.open(f.inbox);
  CHECK(empty.empty());
  auto first = f.add(f.inbox, 3, seen);
  CHECK(first.first_uid == 1);
  CHECK(first.uidvalidity == empty.uidvalidity());
  auto second = f.add(f.inbox, 2, flagged);
  CHECK(second.first_uid == 4);
  CHECK(second.modseq == first.modseq + 1);
  View view = f.open(f.inbox);
  CHECK(all_uids(view).text() == "1:5");
  CHECK(view.counters() == View::Counters{5, 2, 0, 500});
  CHECK(view.at(3).flags == flagged);
  CHECK(view.at(3).modseq == second.modseq);
  CHECK(view.at(1).internal_date == 1700000001);
  CHECK(view.at(1).saved_at > 1700000001);
  CHECK(f.wait(f.store.refresh(f.inbox, empty)) == view);
  CHECK(f.wait(f.store.refresh(f.inbox, view)) == view);
}

TEST_CASE("mailbox store: flags, one log row a command", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 5);
  View view = f.open(f.inbox);
  auto stored = f.store_flags(f.inbox, view, uids("2:4,77"), Kind::add, seen);
  REQUIRE(stored);
  CHECK(stored->changed.text() == "2:4");
  CHECK(stored->view == f.open(f.inbox));
  CHECK(stored->view.modseq() == view.modseq() + 1);
  // Nothing to change: nothing written.
  auto again = f.store_flags(f.inbox, stored->view, uids("2:4"), Kind::add, seen);
  CHECK(again->changed.empty());
  CHECK(again->view.modseq() == stored->view.modseq());
  auto removed = f.store_flags(f.inbox, again->view, uids("1:3"), Kind::remove, seen);
  CHECK(removed->changed.text() == "2:3");
  auto set = f.store_flags(f.inbox, removed->view, uids("1:5"), Kind::set, deleted);
  CHECK(set->changed.text() == "1:5");
  CHECK(counters(*f.wait(f.store.head(f.inbox))) == View::Counters{5, 5, 5, 500});
  CHECK(diff(view, f.open(f.inbox)).changed.size() == 5);
}

TEST_CASE("mailbox store: changes from an old view come right", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 4);
  View old = f.open(f.inbox);
  f.store_flags(f.inbox, old, uids("1:2"), Kind::add, seen);
  f.add(f.inbox, 3);
  // Computed from a view that knows neither.
  auto stored = f.store_flags(f.inbox, old, uids("1:3"), Kind::add, seen | flagged);
  CHECK(stored->changed.text() == "1:3");
  CHECK(stored->view.size() == 7);
  CHECK(counters(*f.wait(f.store.head(f.inbox))) == stored->view.counters());
  CHECK(stored->view.counters().unseen == 4);
  auto marked = f.store_flags(f.inbox, old, uids("2,4"), Kind::add, deleted);
  CHECK(f.wait(f.store.expunge(f.inbox, old))->uids.empty());  // nothing marked in that view
  f.store_flags(f.inbox, marked->view, uids("4"), Kind::remove, deleted);
  auto gone = f.wait(f.store.expunge(f.inbox, marked->view));
  CHECK(gone->uids.text() == "2");
  CHECK(gone->view.size() == 6);
  CHECK(marked->view.size() == 7);
  // What is gone is not changed any more, and not counted twice.
  CHECK(f.wait(f.store.expunge(f.inbox, marked->view))->uids.empty());
  auto late = f.store_flags(f.inbox, marked->view, uids("2"), Kind::set, 0);
  CHECK(late->changed.empty());
  CHECK(counters(*f.wait(f.store.head(f.inbox))) == f.open(f.inbox).counters());
}

TEST_CASE("mailbox store: arrivals alone never make a change try again", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 2);
  View old = f.open(f.inbox);
  f.add(f.inbox, 2);
  auto stored = f.store_flags(f.inbox, old, uids("1"), Kind::add, seen);
  CHECK(stored->view.modseq() == old.modseq() + 2);
  CHECK(stored->view.size() == 4);
}

TEST_CASE("mailbox store: UNCHANGEDSINCE", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 3);
  View view = f.open(f.inbox);
  int64_t since = view.modseq();
  f.store_flags(f.inbox, view, uids("2"), Kind::add, flagged);
  auto stored = f.store_flags(f.inbox, view, uids("1:3"), Kind::add, seen, since);
  CHECK(stored->changed.text() == "1,3");
  CHECK(stored->conflicts.text() == "2");
  // 0 is below every modseq.
  auto none = f.store_flags(f.inbox, view, uids("1:3"), Kind::set, 0, 0);
  CHECK(none->changed.empty());
  CHECK(none->conflicts.text() == "1:3");
}

TEST_CASE("mailbox store: several changes in one transaction", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 5);
  View view = f.open(f.inbox);
  int64_t since = view.modseq();
  f.add(f.inbox, 1);  // moves the modseqs, refuses nothing
  std::vector<model::mailbox::FlagChange> changes{
      {uids("1:2"), Kind::add, seen},
      {uids("1:3"), Kind::add, seen},             // 1 and 2 have it by now
      {uids("2:4"), Kind::set, flagged, since},   // conditional: 2 and 3 were changed before
      {uids("1:2"), Kind::add, seen},             // nothing to do
      {uids("5"), Kind::remove, deleted, since},  // nothing to do either
      {uids("2"), Kind::add, deleted},
  };
  auto all = f.wait(f.store.store_flags(f.inbox, view, changes));
  REQUIRE(all);
  auto& done = all->changes;
  REQUIRE(done.size() == 6);
  CHECK(done[0].changed.text() == "1:2");
  CHECK(done[1].changed.text() == "3");
  CHECK(done[2].changed.text() == "4");
  CHECK(done[2].conflicts.text() == "2:3");
  CHECK(done[3].changed.empty());
  CHECK(done[3].modseq == 0);
  CHECK(done[4].conflicts.empty());
  CHECK(done[5].changed.text() == "2");
  // Each has a modseq of its own, after that of the arrival.
  CHECK(done[0].modseq == since + 2);
  CHECK(done[1].modseq == since + 3);
  CHECK(done[2].modseq == since + 4);
  CHECK(done[5].modseq == since + 5);
  View now = f.open(f.inbox);
  CHECK(all->view == now);
  CHECK(now.modseq() == since + 5);
  CHECK(now.at(0).modseq == done[0].modseq);
  CHECK(now.at(1).modseq == done[5].modseq);
  CHECK(now.at(1).flags == (seen | deleted));
  CHECK(now.at(3).flags == flagged);
  CHECK(now.counters() == View::Counters{6, 3, 1, 600});
  CHECK(counters(*f.wait(f.store.head(f.inbox))) == now.counters());
}

TEST_CASE("mailbox store: expunge of some, and QRESYNC's question", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 6, deleted);
  View view = f.open(f.inbox);
  auto some = f.wait(f.store.expunge(f.inbox, view, uids("2:3,9")));
  CHECK(some->uids.text() == "2:3");
  int64_t between = some->view.modseq();
  auto rest = f.wait(f.store.expunge(f.inbox, some->view));
  CHECK(rest->uids.text() == "1,4:6");
  CHECK(rest->view.empty());
  CHECK(rest->view.uidnext() == 7);
  CHECK(f.wait(f.store.vanished(f.inbox, view.modseq()))->text() == "1:6");
  CHECK(f.wait(f.store.vanished(f.inbox, between))->text() == "1,4:6");
  CHECK(f.wait(f.store.vanished(f.inbox, rest->view.modseq()))->empty());
  CHECK(f.wait(f.store.view_at(f.inbox, between))->size() == 4);
  CHECK(f.wait(f.store.view_at(f.inbox, view.modseq())) == view);
}

TEST_CASE("mailbox store: copy takes flags, dates and keywords along", "[mailbox]") {
  StoreFixture f;
  auto target = f.make("target");
  f.wait(f.store.add_keywords(target, {"other"}));
  auto keywords = f.wait(f.store.add_keywords(f.inbox, {"$Junk"}));
  f.add(f.inbox, 3, seen | *keywords.find("$junk"));
  f.add(target, 1);
  View view = f.open(f.inbox);
  auto copied = f.wait(f.store.copy(f.inbox, view, uids("1,3,9"), target.mailbox));
  REQUIRE(copied);
  CHECK(copied->source.text() == "1,3");
  CHECK(copied->target.text() == "2:3");
  View there = f.open(target);
  CHECK(there.at(1).flags == (seen | Flags{1} << 7));
  CHECK(there.at(1).content == view.at(0).content);
  CHECK(there.at(2).internal_date == view.at(2).internal_date);
  CHECK(counters(*f.wait(f.store.head(target))) == there.counters());
  auto nothing = f.wait(f.store.copy(f.inbox, view, uids("9"), target.mailbox));
  CHECK(nothing->source.empty());
  // Into itself.
  auto self = f.wait(f.store.copy(f.inbox, view, uids("1"), f.inbox.mailbox));
  CHECK(self->target.text() == "4");
  CHECK(f.open(f.inbox).at(3).flags == view.at(0).flags);
}

TEST_CASE("mailbox store: move is one step for both mailboxes", "[mailbox]") {
  StoreFixture f;
  auto target = f.make("target");
  f.add(f.inbox, 4, seen);
  View old = f.open(f.inbox);
  f.store_flags(f.inbox, old, uids("2"), Kind::add, deleted);
  auto moved = f.wait(f.store.move(f.inbox, old, uids("2:3"), target.mailbox));
  REQUIRE(moved);
  CHECK(moved->copied.source.text() == "2:3");
  CHECK(moved->copied.target.text() == "1:2");
  CHECK(all_uids(moved->view).text() == "1,4");
  View there = f.open(target);
  CHECK(there.at(0).flags == (seen | deleted));
  CHECK(counters(*f.wait(f.store.head(target))) == there.counters());
  CHECK(counters(*f.wait(f.store.head(f.inbox))) == f.open(f.inbox).counters());
  CHECK(f.wait(f.store.vanished(f.inbox, old.modseq()))->text() == "2:3");
  auto twice = f.wait(f.store.move(f.inbox, old, uids("2:3"), target.mailbox));
  CHECK(twice->copied.source.empty());
  CHECK(!f.wait(f.store.move(f.inbox, old, uids("1"), base::MailboxId{12345})));
  CHECK(f.open(f.inbox).size() == 2);
}

TEST_CASE("mailbox store: opened as of a head that was read before", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 3, seen);
  f.add(f.inbox, 1, deleted);
  f.wait(f.store.expunge(f.inbox, f.open(f.inbox)));
  auto head = *f.wait(f.store.head(f.inbox));
  View then = f.open(f.inbox);
  CHECK(f.wait(f.store.open_at(head)) == then);
  // The last message of those days is gone: uidnext is the head's all the same.
  f.add(f.inbox, 600);
  f.store_flags(f.inbox, f.open(f.inbox), uids("1"), Kind::add, flagged);
  auto opened = f.wait(f.store.open_at(head));
  REQUIRE(opened);
  CHECK(*opened == then);
  CHECK(opened->uidnext() == 5);
  CHECK(f.wait(f.store.refresh(f.inbox, *opened)) == f.open(f.inbox));
  head.key.mailbox.value += 1000;
  CHECK_FALSE(f.wait(f.store.open_at(head)));
}

static const Statement count_views{"test.count_views",
                                   "SELECT count(*), max(modseq) FROM mailbox_view", true};
static const Statement break_views{"test.break_views", "UPDATE mailbox_view SET view = $1"};

TEST_CASE("mailbox store: checkpoints are written by who replayed much, and only a cache",
          "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 400);
  f.open(f.inbox);
  CHECK(f.sql(count_views).one().int8(0) == 0);
  f.add(f.inbox, 400);
  View view = f.open(f.inbox);
  CHECK(f.sql(count_views).one().int8(0) == 1);
  CHECK(f.sql(count_views).one().int8(1) == view.modseq());
  CHECK(f.open(f.inbox) == view);
  f.add(f.inbox, 600);
  f.store_flags(f.inbox, f.open(f.inbox), uids("5:900"), Kind::add, seen);
  view = f.open(f.inbox);
  CHECK(f.sql(count_views).one().int8(0) == 1);  // the older one is gone
  Params noise;
  noise.bytes(std::string_view("\0noise", 6));
  f.sql(break_views, std::move(noise));
  CHECK(f.open(f.inbox) == view);
  Params nothing;
  nothing.bytes("");
  f.sql(break_views, std::move(nothing));
  CHECK(f.open(f.inbox) == view);
}

TEST_CASE("mailbox store: pruning forgets the past and nothing else", "[mailbox]") {
  StoreFixture f;
  auto later = base::wall_now() + std::chrono::hours(1);
  CHECK(f.wait(f.store.prune(f.inbox, later)) == 0);
  f.add(f.inbox, 10);
  View first = f.open(f.inbox);
  auto marked = f.store_flags(f.inbox, first, uids("3:5"), Kind::add, deleted);
  auto gone = f.wait(f.store.expunge(f.inbox, marked->view));
  f.add(f.inbox, 2);
  View last = f.open(f.inbox);
  CHECK(f.wait(f.store.prunable(later, {}, 10)) == std::vector<Key>{f.inbox});
  CHECK(f.wait(f.store.prune(f.inbox, later)) == 2 + 3);  // log rows and messages
  CHECK(f.wait(f.store.prune(f.inbox, later)) == 0);
  CHECK(f.wait(f.store.prunable(later, {}, 10)).empty());
  CHECK(f.open(f.inbox) == last);
  // Who looked away for long gets the same; questions about the past say that it is forgotten.
  CHECK(f.wait(f.store.refresh(f.inbox, first)) == last);
  CHECK(f.wait(f.store.refresh(f.inbox, gone->view)) == last);
  CHECK(!f.wait(f.store.vanished(f.inbox, first.modseq())));
  CHECK(f.wait(f.store.vanished(f.inbox, gone->view.modseq())));
  CHECK(!f.wait(f.store.view_at(f.inbox, first.modseq())));
  auto stored = f.store_flags(f.inbox, first, uids("1,3"), Kind::add, seen);
  CHECK(stored->changed.text() == "1");
  CHECK(counters(*f.wait(f.store.head(f.inbox))) == f.open(f.inbox).counters());
}

static const Statement cut_only{"test.cut_only", "UPDATE mailbox SET pruned = logged"};

TEST_CASE("mailbox store: a pruning that was cut short is finished by the next", "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 10, deleted);
  auto gone = f.wait(f.store.expunge(f.inbox, f.open(f.inbox), uids("3:5")));
  f.wait(f.store.checkpoint(f.inbox, gone->view));
  f.sql(cut_only);
  CHECK(f.open(f.inbox) == gone->view);
  auto later = base::wall_now() + std::chrono::hours(1);
  CHECK(f.wait(f.store.prune(f.inbox, later)) == 1 + 3);
  CHECK(f.open(f.inbox) == gone->view);
}

TEST_CASE("mailbox store: all that is old is pruned, mailbox by mailbox", "[mailbox]") {
  StoreFixture f;
  std::vector<Key> keys{f.inbox, f.make("b"), f.make("c")};
  for (Key key : keys) {
    f.add(key, 2, deleted);
    f.wait(f.store.expunge(key, f.open(key), uids("1")));
  }
  auto now = base::wall_now();
  using namespace std::chrono_literals;
  CHECK(f.wait(f.store.prune_all(now, 1h)) == 0);
  CHECK(f.wait(f.store.prune_all(now + 65min, 1h)) == 0);  // not worth the trouble yet
  CHECK(f.wait(f.store.prune_all(now + 80min, 1h)) == 6);
  for (Key key : keys) CHECK(all_uids(f.open(key)).text() == "2");
}

TEST_CASE("mailbox store: random life; replay, refresh, checkpoint and counters agree",
          "[mailbox]") {
  for (unsigned seed = 1; seed <= 4; seed++) {
    StoreFixture f;
    std::mt19937 random(seed);
    auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
    std::vector<Key> keys{f.inbox, f.make("b"), f.make("c")};
    std::vector<View> views;
    for (Key key : keys) views.push_back(f.open(key));
    for (int step = 0; step < 120; step++) {
      size_t which = below(3), other = (which + 1 + below(2)) % 3;
      Key key = keys[which];
      View& view = views[which];  // often old
      UidSet some;
      for (uint32_t uid = 1; uid < view.uidnext(); uid += 1 + below(4)) some.append(uid);
      switch (below(8)) {
        case 0:
        case 1:
          f.add(key, 1 + below(60), below(32));
          break;
        case 2:
          view = f.store_flags(key, view, some, static_cast<Kind>(1 + below(3)), below(32))->view;
          break;
        case 3:
          view = f.wait(f.store.expunge(key, view, some))->view;
          break;
        case 4:
          f.wait(f.store.copy(key, view, some, keys[other].mailbox));
          break;
        case 5:
          view = f.wait(f.store.move(key, view, some, keys[other].mailbox))->view;
          break;
        case 6:
          f.wait(f.store.checkpoint(key, *f.wait(f.store.refresh(key, view))));
          break;
        case 7:
          if (below(4) == 0) f.wait(f.store.prune(key, base::wall_now() + std::chrono::hours(1)));
          view = *f.wait(f.store.refresh(key, view));
          break;
      }
      View opened = f.open(key);
      REQUIRE(opened == *f.wait(f.store.refresh(key, view)));
      REQUIRE(opened.counters() == counters(*f.wait(f.store.head(key))));
    }
  }
}

// ---- several at once

static io::Task<void> deliver_some(Store& store, Key key, int count, int64_t content) {
  for (int i = 0; i < count; i++) {
    std::vector<NewMessage> messages(1 + i % 3);
    for (NewMessage& message : messages) message = {base::ContentId{content++}, 10, 0, {}};
    co_await store.append(key, std::move(messages), {});
  }
}

static io::Task<void> flag_some(Store& store, Key key, int count, Flags flags) {
  View view = *co_await store.open(key);
  for (int i = 0; i < count; i++) {
    UidSet all;
    all.append({1, UINT32_MAX});
    auto kind = i % 2 ? Kind::remove : Kind::add;
    view = (*co_await test::store_one(store, key, view, {all, kind, flags})).view;
  }
}

static io::Task<void> move_some(Store& store, Key from, Key to, int count) {
  View view = *co_await store.open(from);
  for (int i = 0; i < count; i++) {
    view = *co_await store.refresh(from, view);
    if (view.empty()) continue;
    UidSet one;
    one.append(view.at(view.size() / 2).uid);
    view = (*co_await store.move(from, view, one, to.mailbox)).view;
  }
}

static io::Task<void> all_at_once(Store& one, Store& two, Key a, Key b) {
  io::Scope scope(*(co_await io::this_environment()).loop);
  scope.spawn(deliver_some(one, a, 60, 1000000));
  scope.spawn(deliver_some(two, a, 60, 2000000));
  scope.spawn(deliver_some(two, b, 60, 3000000));
  scope.spawn(flag_some(one, a, 30, seen));
  scope.spawn(flag_some(two, a, 30, deleted));
  scope.spawn(move_some(one, a, b, 30));
  scope.spawn(move_some(two, b, a, 30));
  co_await scope.join();
}

static const Statement check_order{
    "test.check_order",
    "SELECT count(*), count(DISTINCT uid), min(uid), max(uid), "
    "bool_and(modseq >= before), (SELECT count(*) FROM message WHERE mailbox_id = $1 AND uid < 1) "
    "FROM (SELECT uid, modseq, lag(modseq, 1, 0) OVER (ORDER BY uid) AS before FROM message "
    "WHERE mailbox_id = $1) AS m",
    true};

TEST_CASE("mailbox store: many writers, dense UIDs, modseqs in order", "[mailbox]") {
  StoreFixture f;
  auto b = f.make("b");
  net::pg::Client second(f.loop, f.as("tegu_davd"));
  model::content::IdSource ids(second);
  Store other(second, ids);
  f.wait(all_at_once(f.store, other, f.inbox, b));
  for (Key key : {f.inbox, b}) {
    Params params;
    params.add(key.mailbox.value);
    auto rows = f.sql(check_order, std::move(params));
    auto row = rows.one();
    CHECK(row.int8(0) == row.int8(1));
    CHECK(row.int8(2) == 1);
    CHECK(row.int8(3) == row.int8(0));
    CHECK(row.boolean(4));
    View view = f.open(key);
    CHECK(view.counters() == counters(*f.wait(f.store.head(key))));
    CHECK(view.uidnext() == row.int8(3) + 1);
  }
  CHECK(f.open(f.inbox).size() + f.open(b).size() == 3 * 120);
}

// ---- connections that die

static const Statement kill_others{
    "test.kill_others",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = current_database()"};

static io::Task<void> kill_often(net::pg::Client& killer, bool& done) {
  while (!done) {
    try {
      co_await killer.query(kill_others);
    } catch (const net::pg::Error&) {
      // Its own connections die too.
    }
    co_await io::sleep_for(std::chrono::milliseconds(15));
  }
}

static io::Task<void> append_letters(Store& store, model::content::IdSource& ids, Key key,
                                     int count, std::vector<int64_t>& stored) {
  for (int i = 0; i < count; i++) {
    try {
      auto id = co_await ids.next_content();
      auto letter = model::content::prepare("Subject: x\r\n\r\nbody\r\n", id);
      std::vector<const model::content::Prepared*> letters{&letter};
      std::vector<NewMessage> messages{{id, 20, 0, {}}};
      auto appended = co_await store.append(key, std::move(messages), std::move(letters));
      if (appended) stored.push_back(id.value);
    } catch (const net::pg::Error&) {
      // Nothing was promised.
    }
    co_await io::sleep_for(std::chrono::milliseconds(1));
  }
}

static io::Task<void> append_and_kill(Store& store, model::content::IdSource& ids, Key key,
                                      net::pg::Client& killer, std::vector<int64_t>& stored) {
  io::Loop& loop = *(co_await io::this_environment()).loop;
  bool done = false;
  io::Scope killing(loop), writing(loop);
  killing.spawn(kill_often(killer, done));
  for (int i = 0; i < 4; i++) writing.spawn(append_letters(store, ids, key, 12, stored));
  co_await writing.join();
  done = true;
  co_await killing.join();
}

static const Statement count_contents{
    "test.count_contents", "SELECT count(*) FROM message WHERE content_id = ANY ($1)", true};
static const Statement doubled_contents{
    "test.doubled",
    "SELECT count(*) FROM (SELECT content_id FROM message GROUP BY 1 HAVING count(*) > 1) d", true};

TEST_CASE("mailbox store: connections die, nothing is lost and nothing doubled", "[mailbox]") {
  StoreFixture f;
  net::pg::Client killer(f.loop, StoreFixture::config_of(f.conninfo));
  std::vector<int64_t> stored;
  f.wait(append_and_kill(f.store, f.ids, f.inbox, killer, stored));
  CHECK(stored.size() > 5);
  Params params;
  params.int8s(stored);
  CHECK(f.sql(count_contents, std::move(params)).one().int8(0) ==
        static_cast<int64_t>(stored.size()));
  CHECK(f.sql(doubled_contents).one().int8(0) == 0);
  CHECK(f.open(f.inbox).counters() == counters(*f.wait(f.store.head(f.inbox))));
}

static io::Task<void> shuffle(Store& store, std::vector<Key> keys, unsigned seed, int count,
                              int& succeeded) {
  std::mt19937 random(seed);
  for (int i = 0; i < count; i++) {
    Key from = keys[random() % keys.size()], to = keys[random() % keys.size()];
    try {
      auto view = co_await store.open(from);
      if (!view || view->empty()) continue;
      UidSet some;
      for (size_t at = 0; at < view->size(); at++) {
        if (random() % 3 == 0) some.append(view->at(at).uid);
      }
      if (from == to) {
        co_await test::store_one(store, from, *view,
                                 {some, static_cast<Kind>(1 + random() % 3), random() % 32});
      } else {
        co_await store.move(from, *view, some, to.mailbox);
      }
      succeeded++;
    } catch (const net::pg::Error&) {
      // Done or not done, but never half.
    }
    co_await io::sleep_for(std::chrono::milliseconds(2));
  }
}

static io::Task<void> shuffle_and_kill(Store& store, std::vector<Key> keys, net::pg::Client& killer,
                                       int& succeeded) {
  io::Loop& loop = *(co_await io::this_environment()).loop;
  bool done = false;
  io::Scope killing(loop), working(loop);
  killing.spawn(kill_often(killer, done));
  for (unsigned i = 0; i < 4; i++) working.spawn(shuffle(store, keys, i, 15, succeeded));
  co_await working.join();
  done = true;
  co_await killing.join();
}

TEST_CASE("mailbox store: connections die, every message stays in exactly one mailbox",
          "[mailbox]") {
  StoreFixture f;
  net::pg::Client killer(f.loop, StoreFixture::config_of(f.conninfo));
  std::vector<Key> keys{f.inbox, f.make("b"), f.make("c")};
  for (Key key : keys) f.add(key, 20);
  int succeeded = 0;
  f.wait(shuffle_and_kill(f.store, keys, killer, succeeded));
  CHECK(succeeded > 5);
  std::vector<int64_t> found;
  for (Key key : keys) {
    View view = f.open(key);
    CHECK(view.counters() == counters(*f.wait(f.store.head(key))));
    for (size_t i = 0; i < view.size(); i++) found.push_back(view.at(i).content.value);
  }
  std::ranges::sort(found);
  CHECK(found.size() == 60);
  CHECK(std::ranges::adjacent_find(found) == found.end());
}
