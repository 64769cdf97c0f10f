#include "housekeeping.h"

#include <catch2/catch.hpp>

#include "fake_ledger.h"
#include "io/loop.h"

using namespace tegu;

TEST_CASE("sweep: goes on until all was looked at, whatever was deleted", "[queue]") {
  io::Loop loop;
  base::Registry registry;
  queue::Meters meters(registry);
  tests::FakeLedger ledger;
  ledger.loose = 1700;
  loop.run_until_done(queue::sweep(ledger, meters));
  CHECK(ledger.loose == 0);
}
