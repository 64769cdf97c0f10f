// What shares a commit, and what does not.
#include "desk.h"

#include <sys/mman.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "fake_ledger.h"
#include "fake_outside.h"
#include "io/scope.h"

using namespace tegu;
using namespace tegu::tests;

namespace {

struct World {
  io::Loop loop;
  io::Workers workers{1, 10};
  FakeLedger ledger;
  FakeRouter router;
  model::content::Packers packers{workers, 2};
  queue::Desk desk{ledger, router, workers, packers, [] { return queue::Policy(); }};
};

io::Task<void> take(World& world, std::string text, bool in_file) {
  wire::smtp::Envelope envelope;
  envelope.id = "letter";
  auto& recipient = envelope.recipients.emplace_back();
  recipient.address = wire::smtp::parse_mailbox("s@a.org", true).value();
  recipient.deliveries = {wire::smtp::LocalDelivery{base::AccountId{1}}};
  queue::Octets octets;
  if (in_file) {
    octets.file.reset(::memfd_create("letter", MFD_CLOEXEC));
    octets.file_size = text.size();
    REQUIRE(::write(octets.file.get(), text.data(), text.size()) ==
            static_cast<ssize_t>(text.size()));
  } else {
    octets.here = std::move(text);
  }
  co_await world.desk.commit(co_await world.desk.prepare(std::move(envelope), std::move(octets)));
}

io::Task<void> small_and_large(World& world, size_t large_size) {
  const std::string header = "Subject: Hello\r\n\r\n";
  io::Scope letters(world.loop);
  for (int i = 0; i < 3; i++) letters.spawn(take(world, header + "body\r\n", false));
  for (int i = 0; i < 5; i++) co_await io::yield();
  // Nobody commits batches yet, but a large letter does not wait for one.
  co_await take(world, header + std::string(large_size, 'x') + "\r\n", true);
  CHECK(world.ledger.commits == 1);
  CHECK(world.ledger.mailboxes[1].size() == 1);
  letters.spawn(world.desk.run());
  world.desk.stop();
  co_await letters.join();
  CHECK(world.ledger.commits == 2);
  CHECK(world.ledger.mailboxes[1].size() == 4);
}

}  // namespace

TEST_CASE("desk: a large letter is committed alone, in memory or not", "[queue]") {
  for (size_t size : {300 << 10, 2 << 20}) {
    World world;
    world.loop.run_until_done(small_and_large(world, size));
  }
}
