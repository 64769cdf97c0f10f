#include "net/dns/mail_hosts.h"

#include <catch2/catch.hpp>
#include <set>

#include "net/dns/fake.h"
#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::net::dns;
using Hosts = MailHosts::Status;

static MailHosts hosts_of(Resolver& resolver, const std::string& domain,
                          io::Deadline deadline = io::never, MailHostLimits limits = {}) {
  io::Loop loop;
  return loop.run_until_done(mx_hosts(resolver, domain, deadline, limits));
}

// "10 mx1 192.0.2.1,2001:db8::1; ..."
static std::string text_of(const MailHosts& hosts) {
  std::string text;
  for (auto& host : hosts.hosts) {
    text += std::to_string(host.preference) + " " + host.name;
    for (auto& address : host.addresses) text += " " + address.address();
    text += ";";
  }
  return text;
}

TEST_CASE("dns mail hosts: by preference, both families in turn", "[dns]") {
  FakeResolver dns;
  dns.mx("example.org", 20, "b.example.org").mx("example.org", 10, "a.example.org");
  dns.a("a.example.org", "192.0.2.1").a("a.example.org", "192.0.2.2");
  dns.aaaa("a.example.org", "2001:db8::1").a("b.example.org", "192.0.2.9");
  auto hosts = hosts_of(dns, "Example.ORG.");
  CHECK(hosts.status == Hosts::ok);
  CHECK(text_of(hosts) ==
        "10 a.example.org 2001:db8::1 192.0.2.1 192.0.2.2;20 b.example.org 192.0.2.9;");
  CHECK_FALSE(hosts.implicit);
  CHECK_FALSE(hosts.secure);
}

TEST_CASE("dns mail hosts: every way to fail", "[dns]") {
  FakeResolver dns;
  dns.null_mx("null.example").a("null.example", "192.0.2.1");
  dns.a("implicit.example", "192.0.2.1");
  dns.txt("empty.example", "hello");
  dns.fail("broken.example", Type::mx);
  dns.mx("dangling.example", 10, "gone.example").mx("dangling.example", 20, "empty.example");
  dns.mx("half.example", 10, "flaky.example").mx("half.example", 20, "good.example");
  dns.mx("flaky-only.example", 10, "flaky.example").mx("flaky-only.example", 20, "gone.example");
  dns.fail("flaky.example", Type::a).a("good.example", "192.0.2.7");
  dns.mx("both.example", 10, "").mx("both.example", 20, "good.example");
  dns.mx("one-family.example", 10, "six-fails.example");
  dns.fail("six-fails.example", Type::aaaa).a("six-fails.example", "192.0.2.8");
  dns.raw("nonsense.example", Type::mx, "x");
  dns.fail("implicit-broken.example", Type::a).txt("implicit-broken.example", "x");
  struct {
    const char* domain;
    Hosts want;
    const char* hosts;
  } table[] = {
      {"null.example", Hosts::null_mx, ""},
      {"implicit.example", Hosts::ok, "0 implicit.example 192.0.2.1;"},
      {"empty.example", Hosts::no_address, ""},
      {"broken.example", Hosts::temporary, ""},
      {"dangling.example", Hosts::no_address, ""},
      {"half.example", Hosts::ok, "20 good.example 192.0.2.7;"},
      {"flaky-only.example", Hosts::temporary, ""},
      {"both.example", Hosts::ok, "20 good.example 192.0.2.7;"},
      {"one-family.example", Hosts::ok, "10 six-fails.example 192.0.2.8;"},
      {"nonsense.example", Hosts::temporary, ""},
      {"implicit-broken.example", Hosts::temporary, ""},
      {"gone.example", Hosts::no_domain, ""},
      {"no domain", Hosts::no_domain, ""},
      {"", Hosts::no_domain, ""},
  };
  for (auto& row : table) {
    INFO(row.domain);
    auto hosts = hosts_of(dns, row.domain);
    CHECK(hosts.status == row.want);
    CHECK(text_of(hosts) == row.hosts);
    CHECK(hosts.reason.empty() == (row.want == Hosts::ok));
  }
  CHECK(hosts_of(dns, "implicit.example").implicit);
}

TEST_CASE("dns mail hosts: equals take turns, few of many are kept", "[dns]") {
  FakeResolver dns;
  for (char c : std::string("abcdefgh")) {
    std::string host(1, c);
    dns.mx("example.org", c < 'e' ? 10 : 20, host + ".example.org");
    for (int i = 1; i <= 9; i++) dns.a(host + ".example.org", "192.0.2." + std::to_string(i));
  }
  std::set<std::string> first, last;
  for (int i = 0; i < 200; i++) {
    auto hosts = hosts_of(dns, "example.org", io::never, {.hosts = 5, .addresses = 3});
    REQUIRE(hosts.hosts.size() == 5);
    REQUIRE(hosts.hosts[0].addresses.size() == 3);
    CHECK(hosts.hosts[3].preference == 10);
    CHECK(hosts.hosts[4].preference == 20);
    first.insert(hosts.hosts[0].name);
    last.insert(hosts.hosts[4].name);
  }
  CHECK(first.size() == 4);
  CHECK(last.size() == 4);
}

TEST_CASE("dns mail hosts: validation and aliases", "[dns]") {
  FakeResolver dns;
  dns.mx("example.org", 10, "mx.example.org").cname("mx.example.org", "real.example.net");
  dns.a("real.example.net", "192.0.2.1").secure("example.org");
  auto hosts = hosts_of(dns, "example.org");
  CHECK(hosts.secure);
  CHECK_FALSE(hosts.hosts[0].secure);
  CHECK(hosts.hosts[0].canonical == "real.example.net");
  dns.secure("mx.example.org").secure("real.example.net");
  CHECK(hosts_of(dns, "example.org").hosts[0].secure);
}

static io::Task<void> look_up(Resolver& resolver) {
  co_await mx_hosts(resolver, "example.org", io::never);
}

TEST_CASE("dns mail hosts: deadlines and cancellation", "[dns]") {
  FakeResolver dns;
  dns.mx("example.org", 10, "mx.example.org").hang("mx.example.org", Type::a);
  CHECK(hosts_of(dns, "example.org", io::after(std::chrono::milliseconds(1))).status ==
        Hosts::temporary);
  dns.hang("example.org", Type::mx);
  io::Loop loop;
  struct Body {
    static io::Task<void> run(io::Loop& loop, Resolver& resolver) {
      io::Scope scope(loop);
      scope.spawn(look_up(resolver));
      co_await scope.close();
    }
  };
  loop.run_until_done(Body::run(loop, dns));
}

TEST_CASE("dns fake: typed answers", "[dns]") {
  FakeResolver dns;
  dns.txt("example.org", std::string(600, 'x')).ptr("192.0.2.1", "mail.example.org");
  dns.tlsa("_25._tcp.mail.example.org", {3, 1, 1, "digest"}).secure("_25._tcp.mail.example.org");
  for (int i = 0; i < 150; i++) dns.txt("many.example", std::to_string(i));
  dns.raw("mixed.example", Type::txt, "\5abc").txt("mixed.example", "good");
  io::Loop loop;
  auto txt = loop.run_until_done(dns.txt("EXAMPLE.org", io::never));
  CHECK(txt.records == std::vector{std::string(600, 'x')});
  CHECK(loop.run_until_done(dns.txt("many.example", io::never)).records.size() == record_limit);
  CHECK(loop.run_until_done(dns.txt("mixed.example", io::never)).records ==
        std::vector<std::string>{"good"});
  auto ptr = loop.run_until_done(dns.ptr(*io::Endpoint::from_address("192.0.2.1", 0), io::never));
  CHECK(ptr.records == std::vector<std::string>{"mail.example.org"});
  auto tlsa = loop.run_until_done(dns.tlsa("_25._tcp.mail.example.org", io::never));
  CHECK((tlsa.secure && tlsa.records.size() == 1));
  CHECK(loop.run_until_done(dns.a("example.org", io::never)).status == net::dns::Status::no_data);
  CHECK(loop.run_until_done(dns.a("a..b", io::never)).status == net::dns::Status::no_domain);
  CHECK(dns.asked().back() == "A example.org");
}
