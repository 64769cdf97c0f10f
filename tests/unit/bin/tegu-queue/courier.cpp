#include "courier.h"

#include <catch2/catch.hpp>

#include "fake_ledger.h"
#include "fake_outside.h"
#include "io/loop.h"
#include "net/dns/fake.h"

using namespace tegu;
using namespace tegu::tests;
using Kind = net::smtp::Outcome::Kind;

namespace {

struct World {
  io::Loop loop;
  FakeLedger ledger;
  FakeNetwork network;
  net::dns::FakeResolver resolver;
  queue::Policy policy;
  queue::Courier courier{network, resolver, ledger};

  World() { policy.host_name = "mx.a.org"; }
  std::expected<queue::Line, net::smtp::Outcome> connect(std::string_view hop) {
    auto parsed = queue::parse_hop(hop, {.local = "x", .domain = "b.org"});
    REQUIRE(parsed);
    return loop.run_until_done(courier.connect(*parsed, policy));
  }
};

const Script ready = {{"", "220 mx\r\n"}, {"EHLO mx.a.org\r\n", "250 mx\r\n"}};
const Script with_tls = {{"", "220 mx\r\n"},
                         {"EHLO mx.a.org\r\n", "250-mx\r\n250 STARTTLS\r\n"},
                         {"STARTTLS\r\n", "220 go\r\n"}};

}  // namespace

TEST_CASE("queue courier: the next host when one does not answer or turns us away", "[queue]") {
  World world;
  world.resolver.mx("b.org", 10, "one.b.org").mx("b.org", 20, "two.b.org");
  world.resolver.mx("b.org", 30, "three.b.org");
  world.resolver.a("one.b.org", "192.0.2.1").a("two.b.org", "192.0.2.2");
  world.resolver.a("three.b.org", "192.0.2.3");
  world.network.expect("192.0.2.2:25", {{"", "554 5.7.1 go away\r\n"}});
  world.network.expect("192.0.2.3:25", ready);
  auto line = world.connect("");
  REQUIRE(line);
  CHECK(line->host == "three.b.org");
  CHECK(line->peer == "192.0.2.3:25");
  CHECK(world.network.connects ==
        std::vector<std::string>{"192.0.2.1:25", "192.0.2.2:25", "192.0.2.3:25"});
}

TEST_CASE("queue courier: a host that turns us away is no verdict for good", "[queue]") {
  World world;
  world.network.expect("192.0.2.1:25", {{"", "554 5.7.1 go away\r\n"}});
  auto line = world.connect("smtp://192.0.2.1");
  REQUIRE_FALSE(line);
  CHECK(line.error().kind == Kind::temporary);
  CHECK(line.error().status == "4.7.1");
  CHECK(line.error().text == "554 5.7.1 go away");
}

TEST_CASE("queue courier: no more addresses than the limit", "[queue]") {
  World world;
  world.policy.addresses = 2;
  for (int i = 1; i <= 4; ++i) world.resolver.a("b.org", "192.0.2." + std::to_string(i));
  auto line = world.connect("smtp://b.org:26");
  REQUIRE_FALSE(line);
  CHECK(line.error().status == "4.4.1");
  CHECK(world.network.connects.size() == 2);
}

TEST_CASE("queue courier: bad TLS is no worse than none, unless it is wanted", "[queue]") {
  World world;
  world.resolver.mx("b.org", 10, "mx.b.org").a("mx.b.org", "192.0.2.1");
  world.network.expect("192.0.2.1:25", with_tls);
  world.network.expect("192.0.2.1:25", {with_tls[0], with_tls[1]});
  CHECK(world.connect(""));
  CHECK(world.network.connects.size() == 2);

  World strict;
  strict.policy.tls_domains = {"B.org"};
  strict.resolver.mx("b.org", 10, "mx.b.org").a("mx.b.org", "192.0.2.1");
  strict.network.expect("192.0.2.1:25", with_tls);
  auto line = strict.connect("");
  REQUIRE_FALSE(line);
  CHECK(line.error().status == "4.7.5");
  CHECK(line.error().kind == Kind::temporary);
  CHECK(strict.network.connects.size() == 1);
}

TEST_CASE("queue courier: literals and Unix sockets ask no DNS", "[queue]") {
  World world;
  world.network.expect("[2001:db8::1]:25", ready);
  Script lmtp = ready;
  lmtp[1].expect = "LHLO mx.a.org\r\n";
  world.network.expect("/run/lmtp", lmtp);
  auto hop = queue::parse_hop("", {.local = "x", .domain = "[IPv6:2001:db8::1]"});
  REQUIRE(hop);
  CHECK(world.loop.run_until_done(world.courier.connect(*hop, world.policy)));
  CHECK(world.connect("lmtp:/run/lmtp"));
  CHECK(world.resolver.asked().empty());
}

TEST_CASE("queue courier: a named next hop without an address is waited for", "[queue]") {
  World world;
  auto line = world.connect("smtp://gone.example.org");
  REQUIRE_FALSE(line);
  CHECK(line.error().kind == Kind::temporary);
  CHECK(line.error().status == "4.4.4");
}
