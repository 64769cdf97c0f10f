#include "view_cache.h"

#include <catch2/catch.hpp>

using namespace tegu::imapd;

static Contents mailbox_of(uint32_t messages, int64_t modseq) {
  View view(1, 1);
  tegu::model::mailbox::Changes changes{
      .modseq = modseq, .uidnext = messages + 1, .arrivals = {}, .log = {}};
  for (uint32_t uid = 1; uid <= messages; ++uid)
    changes.arrivals.push_back({.uid = uid, .modseq = modseq, .content = {}});
  return {view.apply(changes), {}};
}

TEST_CASE("imapd view cache: the newest stays", "[imapd]") {
  ViewCache cache;
  CHECK_FALSE(cache.find({1, 1}));
  cache.put({1, 1}, mailbox_of(3, 5));
  cache.put({1, 1}, mailbox_of(2, 4));
  CHECK(cache.find({1, 1})->view.modseq() == 5);
  cache.put({1, 1}, mailbox_of(4, 6));
  CHECK(cache.find({1, 1})->view.size() == 4);
  CHECK_FALSE(cache.find({2, 1}));
  cache.drop({1, 1});
  CHECK_FALSE(cache.find({1, 1}));
}

TEST_CASE("imapd view cache: what was used least lately goes", "[imapd]") {
  ViewCache cache(1000);
  cache.put({1, 1}, mailbox_of(300, 5));
  cache.put({1, 2}, mailbox_of(300, 5));
  CHECK(cache.find({1, 1}));
  cache.put({1, 3}, mailbox_of(300, 5));
  CHECK_FALSE(cache.find({1, 2}));
  CHECK(cache.find({1, 1}));
  cache.put({1, 4}, mailbox_of(5000, 5));
  CHECK(cache.size() == 1);
  CHECK(cache.find({1, 4}));
}
