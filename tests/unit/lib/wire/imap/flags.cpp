#include "wire/imap/flags.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::imap;

TEST_CASE("imap flags: canonical form", "[imap]") {
  CHECK(canonical_flag("\\SEEN") == "\\Seen");
  CHECK(canonical_flag("$mdnsent") == "$MDNSent");
  CHECK(canonical_flag("Work") == "Work");
  for (std::string bad : {"", "\\Recent", "\\Foo", "\\", "a b", "a]", "\xc3\xa4"}) {
    INFO(bad);
    CHECK_FALSE(canonical_flag(bad));
  }
  CHECK_FALSE(canonical_flag(std::string(101, 'a')));
}
