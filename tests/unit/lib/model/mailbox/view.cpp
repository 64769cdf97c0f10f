// The View against a naive model: a plain vector that every change walks through.
#include "model/mailbox/view.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "base/error.h"

using namespace tegu::model::mailbox;
using tegu::base::ContentId;
using Kind = LogEntry::Kind;

namespace {

Message letter(uint32_t uid, int64_t modseq, Flags flags = 0) {
  return {
      uid, 100 + uid, flags, modseq, ContentId{1000 + uid}, 1700000000 + uid, 1700000100 + uid * 2};
}

Changes arrivals(uint32_t first, uint32_t count, int64_t modseq) {
  Changes changes{modseq, first + count, {}, {}};
  for (uint32_t i = 0; i < count; i++) changes.arrivals.push_back(letter(first + i, modseq));
  return changes;
}

Changes logged(const View& view, Kind kind, Flags flags, std::vector<uint32_t> uids) {
  int64_t modseq = view.modseq() + 1;
  return {modseq, view.uidnext(), {}, {{modseq, kind, flags, UidSet(std::move(uids))}}};
}

std::vector<Message> all(const View& view) {
  std::vector<Message> messages;
  for (size_t i = 0; i < view.size();) {
    auto run = view.run(i);
    messages.insert(messages.end(), run.begin(), run.end());
    i += run.size();
  }
  return messages;
}

View::Counters counted(const std::vector<Message>& messages) {
  View::Counters counters;
  for (const Message& message : messages) {
    counters.total++;
    if ((message.flags & seen) == 0) counters.unseen++;
    if ((message.flags & deleted) != 0) counters.deleted++;
    counters.bytes += message.size;
  }
  return counters;
}

// What apply() should do, slowly.
void replay(std::vector<Message>& messages, const Changes& changes) {
  for (const Message& message : changes.arrivals) messages.push_back(message);
  for (const LogEntry& entry : changes.log) {
    if (entry.kind == Kind::expunge) {
      std::erase_if(messages, [&](const Message& m) { return entry.uids.contains(m.uid); });
      continue;
    }
    for (Message& message : messages) {
      if (!entry.uids.contains(message.uid)) continue;
      if (entry.kind == Kind::add) message.flags |= entry.flags;
      if (entry.kind == Kind::remove) message.flags &= ~entry.flags;
      if (entry.kind == Kind::set) message.flags = entry.flags;
      message.modseq = entry.modseq;
    }
  }
}

Delta slow_diff(const View& old, const View& now) {
  Delta delta;
  auto was = all(old), is = all(now);
  std::map<uint32_t, int64_t> before, after;
  for (const Message& message : was) before[message.uid] = message.modseq;
  for (const Message& message : is) after[message.uid] = message.modseq;
  for (size_t i = 0; i < was.size(); i++) {
    if (!after.contains(was[i].uid)) delta.expunged.push_back(i);
  }
  for (size_t i = 0; i < is.size(); i++) {
    auto found = before.find(is[i].uid);
    if (found == before.end()) break;
    delta.first_new++;
    if (found->second != is[i].modseq) delta.changed.push_back(i);
  }
  return delta;
}

}  // namespace

TEST_CASE("mailbox view: arrivals, flags, expunge", "[mailbox]") {
  View empty(77, 1);
  CHECK(empty.empty());
  CHECK(empty.uidnext() == 1);
  View three = empty.apply(arrivals(1, 3, 2));
  CHECK(three.size() == 3);
  CHECK(three.uidvalidity() == 77);
  CHECK(three.uidnext() == 4);
  CHECK(three.counters().unseen == 3);
  View read = three.apply(logged(three, Kind::add, seen | flagged, {2, 3}));
  CHECK(read.counters().unseen == 1);
  CHECK(read.at(1).flags == (seen | flagged));
  CHECK(read.at(1).modseq == 3);
  CHECK(read.at(0).modseq == 2);
  CHECK(three.at(1).flags == 0);  // the old View stays
  View cleared = read.apply(logged(read, Kind::remove, flagged, {1, 2}));
  CHECK(cleared.at(1).flags == seen);
  View set = cleared.apply(logged(cleared, Kind::set, deleted, {1}));
  CHECK(set.at(0).flags == deleted);
  CHECK(set.counters().deleted == 1);
  View gone = set.apply(logged(set, Kind::expunge, 0, {1, 2, 99}));
  CHECK(gone.size() == 1);
  CHECK(gone.at(0).uid == 3);
  CHECK(gone.uidnext() == 4);
  CHECK(gone.counters() == counted(all(gone)));
}

TEST_CASE("mailbox view: look-up by UID", "[mailbox]") {
  View view = View(1, 1).apply(arrivals(1, 3000, 2));
  view = view.apply(logged(view, Kind::expunge, 0, {1, 1024, 1025, 3000}));
  CHECK(!view.index_of_uid(1));
  CHECK(view.index_of_uid(2) == 0u);
  CHECK(view.lower_bound_uid(0) == 0);
  CHECK(view.lower_bound_uid(1024) == 1022);
  CHECK(view.at(view.lower_bound_uid(1024)).uid == 1026);
  CHECK(view.lower_bound_uid(3000) == view.size());
  for (size_t i = 0; i < view.size(); i++) CHECK(view.index_of_uid(view.at(i).uid) == i);
}

TEST_CASE("mailbox view: broken rows are refused", "[mailbox]") {
  View view = View(1, 1).apply(arrivals(1, 2, 2));
  auto refused = [&](Changes changes) { CHECK_THROWS_AS(view.apply(changes), tegu::base::Error); };
  refused({1, 3, {}, {}});                                              // before the view
  refused({3, 2, {}, {}});                                              // uidnext goes back
  refused({3, 4, {letter(2, 3)}, {}});                                  // UID used before
  refused({3, 4, {letter(4, 3)}, {}});                                  // UID not below uidnext
  refused({3, 5, {letter(4, 3), letter(3, 3)}, {}});                    // descending
  refused({3, 4, {letter(3, 2)}, {}});                                  // modseq of the past
  refused({3, 4, {letter(3, 4)}, {}});                                  // modseq of the future
  refused({3, 3, {}, {{2, Kind::add, seen, {}}}});                      // log of the past
  refused({3, 3, {}, {{4, Kind::add, seen, {}}}});                      // log of the future
  refused({4, 3, {}, {{3, Kind::add, 1, {}}, {3, Kind::add, 1, {}}}});  // doubled
}

TEST_CASE("mailbox view: blocks that nothing changes are shared", "[mailbox]") {
  View view = View(1, 1).apply(arrivals(1, 5000, 2));
  View later = view.apply(logged(view, Kind::add, seen, {2500}));
  CHECK(later.run(0).data() == view.run(0).data());
  CHECK(later.run(4999).data() == view.run(4999).data());
  CHECK(later.run(2499).data() != view.run(2499).data());
  CHECK(view.apply({3, view.uidnext(), {}, {}}).run(0).data() == view.run(0).data());
}

TEST_CASE("mailbox view: random life equals the naive model", "[mailbox]") {
  std::mt19937 random(20261121);
  auto below = [&](uint32_t n) {
    return std::uniform_int_distribution<uint32_t>(0, n - 1)(random);
  };
  for (int life = 0; life < 6; life++) {
    View view(5, 1), remembered(5, 1);
    std::vector<Message> model;
    for (int step = 0; step < 60; step++) {
      int64_t modseq = view.modseq();
      Changes changes{modseq, view.uidnext(), {}, {}};
      for (uint32_t rows = 1 + below(3); rows > 0; rows--) {
        modseq++;
        if (below(3) == 0 || changes.uidnext < 3) {
          for (uint32_t n = 1 + below(life % 2 ? 40 : 700); n > 0; n--) {
            changes.arrivals.push_back(letter(changes.uidnext, modseq, below(64)));
            changes.uidnext += 1 + (below(10) == 0);
          }
        } else {
          std::vector<uint32_t> uids;
          uint32_t from = 1 + below(changes.uidnext - 1), step_size = 1 + below(4);
          for (uint32_t n = 1 + below(300); n > 0 && from < changes.uidnext; n--) {
            uids.push_back(from);
            from += 1 + below(step_size);
          }
          changes.log.push_back(
              {modseq, static_cast<Kind>(1 + below(4)), below(64), UidSet(std::move(uids))});
        }
      }
      changes.modseq = modseq;
      replay(model, changes);
      View next = view.apply(changes);
      REQUIRE(all(next) == model);
      REQUIRE(next.counters() == counted(model));
      if (step % 10 == 0) {
        REQUIRE(diff(view, next) == slow_diff(view, next));
        REQUIRE(diff(remembered, next) == slow_diff(remembered, next));
        auto unpacked = View::unpack(next.pack());
        REQUIRE(unpacked);
        REQUIRE(*unpacked == next);
        remembered = next;
        next = *unpacked;  // goes on with other blocks
      }
      view = next;
    }
  }
}

TEST_CASE("mailbox view: diff of equal views is empty", "[mailbox]") {
  View view = View(1, 1).apply(arrivals(1, 2000, 2));
  CHECK(diff(view, view) == Delta{{}, {}, 2000});
  CHECK(diff(view, *View::unpack(view.pack())) == Delta{{}, {}, 2000});
  CHECK(diff(View(1, 1), view) == Delta{{}, {}, 0});
  CHECK(diff(view, View(1, 1)).expunged.size() == 2000);
}

TEST_CASE("mailbox view: extreme numbers survive packing", "[mailbox]") {
  Message message{4294967294u,          UINT32_MAX, ~Flags{0}, INT64_MAX,
                  ContentId{INT64_MAX}, INT64_MIN,  INT64_MAX};
  View view = View(UINT32_MAX, 1).apply({INT64_MAX, UINT32_MAX, {letter(1, 2), message}, {}});
  auto again = View::unpack(view.pack());
  REQUIRE(again);
  CHECK(*again == view);
}

TEST_CASE("mailbox view: a damaged checkpoint is refused, not believed", "[mailbox]") {
  View view = View(9, 1).apply(arrivals(1, 20, 2));
  std::string packed = view.pack();
  for (size_t length = 0; length < packed.size(); length++) {
    CHECK(!View::unpack(std::string_view(packed).substr(0, length)));
  }
  CHECK(!View::unpack(packed + '\0'));
  for (size_t at = 0; at < packed.size(); at++) {
    for (unsigned bit = 0; bit < 8; bit++) {
      std::string damaged = packed;
      damaged[at] ^= static_cast<char>(1u << bit);
      auto read = View::unpack(damaged);
      if (!read) continue;
      // Whatever was read keeps a View's promises.
      auto messages = all(*read);
      CHECK(read->counters() == counted(messages));
      uint32_t least = 1;
      for (const Message& message : messages) {
        CHECK(message.uid >= least);
        CHECK(message.uid < read->uidnext());
        CHECK((message.modseq > 0 && message.modseq <= read->modseq()));
        least = message.uid + 1;
      }
    }
  }
  // A count far beyond the bytes must not be believed before allocating.
  CHECK(!View::unpack(std::string("V\x01\x01\x02\x02\xff\xff\xff\xff\xff\x7f", 11)));
}
