#include "model/mailbox/flags.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tegu::model::mailbox;

TEST_CASE("mailbox flags: system flags in any case", "[mailbox]") {
  CHECK(system_flag("\\Seen") == seen);
  CHECK(system_flag("\\ANSWERED") == answered);
  CHECK(system_flag("\\draft") == draft);
  CHECK(!system_flag("\\Recent"));
  CHECK(!system_flag("Seen"));
}

TEST_CASE("mailbox keywords: names, bits and the next free one", "[mailbox]") {
  Keywords keywords({{8, "$Junk"}, {6, "$Forwarded"}});
  CHECK(keywords.find("$junk") == Flags{1} << 8);
  CHECK(!keywords.find("$other"));
  CHECK(keywords.names(seen | Flags{1} << 6 | Flags{1} << 8 | Flags{1} << 20) ==
        std::vector<std::string_view>{"$Forwarded", "$Junk"});
  CHECK(keywords.known() == (Flags{1} << 6 | Flags{1} << 8));
  CHECK(keywords.free_bit() == 7);
}

TEST_CASE("mailbox keywords: 58 and no more", "[mailbox]") {
  std::vector<Keywords::Keyword> all;
  for (int bit = 6; bit < 64; bit++) all.push_back({bit, "k" + std::to_string(bit)});
  CHECK(all.size() == max_keywords);
  Keywords keywords(all);
  CHECK(!keywords.free_bit());
  CHECK(keywords.known() == keyword_flags);
  CHECK(keywords.find("k63") == Flags{1} << 63);
}

TEST_CASE("mailbox keywords: broken rows are refused", "[mailbox]") {
  CHECK_THROWS_AS(Keywords({{5, "a"}}), tegu::base::Error);
  CHECK_THROWS_AS(Keywords({{64, "a"}}), tegu::base::Error);
  CHECK_THROWS_AS(Keywords({{6, "a"}, {6, "b"}}), tegu::base::Error);
}
