#include "neighbours.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "io/listener.h"
#include "io/scope.h"
#include "net/dns/fake.h"
#include "net/peer/server.h"

using namespace tegu;
using namespace tegu::smtpd;
using namespace std::chrono_literals;
using net::peer::Json;
using wire::peer::Failure;

namespace {

io::Endpoint at(std::string_view address) {
  return *io::Endpoint::from_address(address, 1);
}

std::string name_of(net::dns::Resolver& resolver, std::string_view address) {
  io::Loop loop;
  DnsNames names(resolver);
  return loop.run_until_done(names.name_of(at(address), io::after(1s)));
}

// What the other daemon does with the next request.
struct Script {
  std::optional<Failure> failure;
  Json answer;
};

io::Task<Json> answer_with(Script& script) {
  if (script.failure) throw net::peer::Refused(*script.failure, "no, thanks");
  co_return script.answer;
}

io::Task<void> play(io::Scope& scope, const std::string& folder, net::peer::Router& router,
                    net::peer::Queue& queue, Script& script, net::peer::Server& router_server,
                    net::peer::Server& queue_server, io::Event& draining) {
  scope.spawn(router_server.run(io::listen_unix(folder + "/router.sock", 0600, ""), draining));
  scope.spawn(queue_server.run(io::listen_unix(folder + "/queue.sock", 0600, ""), draining));
  scope.spawn(router.run());
  scope.spawn(queue.run());
  RouterSocket asks(router);
  QueueSocket hands(queue);
  auto soon = [] { return io::after(5s); };
  wire::peer::AcceptRequest letter;
  letter.envelope.id = "x1";
  letter.envelope.recipients.push_back({{"a", "b.org"}, {}, {}, {}});

  script.failure = Failure::refused;
  CHECK_FALSE(co_await asks.login({"a", "b", "192.0.2.1", "smtp"}, soon()));
  CHECK(co_await hands.accept(letter, {.octets = "A: b\r\n"}, soon()) == "no, thanks");

  script.failure = Failure::temporary;
  bool failed = false;
  try {
    co_await asks.login({"a", "b", "192.0.2.1", "smtp"}, soon());
  } catch (const base::Error&) {
    failed = true;
  }
  CHECK(failed);
  failed = false;
  try {
    co_await hands.accept(letter, {.octets = "A: b\r\n"}, soon());
  } catch (const base::Error&) {
    failed = true;
  }
  CHECK(failed);

  script.failure.reset();
  script.answer = {{"account", 7},   {"address", "a@b.org"}, {"stored", true},
                   {"content", 1},   {"status", "unknown"},  {"deliveries", Json::array()},
                   {"allowed", true}};
  auto login = co_await asks.login({"a", "b", "192.0.2.1", "smtp"}, soon());
  REQUIRE(login);
  CHECK(login->account == base::AccountId{7});
  CHECK_FALSE(co_await hands.accept(letter, {.octets = "A: b\r\n"}, soon()));
  CHECK(co_await asks.may_send_as({base::AccountId{7}, {"a", "b.org"}}, soon()));
  wire::peer::RcptRequest request;
  request.address = {"a", "b.org"};
  CHECK((co_await asks.rcpt(request, soon())).status == wire::peer::RcptStatus::unknown);
}

}  // namespace

TEST_CASE("smtpd names: only a name that leads back counts", "[smtpd]") {
  net::dns::FakeResolver dns;
  dns.ptr("192.0.2.1", "mx.example.org").a("mx.example.org", "192.0.2.1");
  dns.ptr("192.0.2.2", "liar.example.org").a("liar.example.org", "192.0.2.1");
  dns.ptr("192.0.2.3", "gone.example.org");
  dns.ptr("192.0.2.4", "a.x").ptr("192.0.2.4", "b.x").ptr("192.0.2.4", "c.x");
  dns.ptr("192.0.2.4", "d.x").a("d.x", "192.0.2.4");
  dns.ptr("2001:db8::1", "six.example.org").aaaa("six.example.org", "2001:db8::1");
  CHECK(name_of(dns, "192.0.2.1") == "mx.example.org");
  CHECK(name_of(dns, "192.0.2.2").empty());
  CHECK(name_of(dns, "192.0.2.3").empty());
  CHECK(name_of(dns, "192.0.2.4").empty());  // the fourth name is not asked about
  CHECK(name_of(dns, "192.0.2.5").empty());
  CHECK(name_of(dns, "2001:db8::1") == "six.example.org");
  CHECK(name_of(dns, "127.0.0.1") == "localhost");
}

TEST_CASE("smtpd neighbours: a refusal is an answer, everything else an error", "[smtpd]") {
  std::string folder = "/tmp/tegu-unit-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  {
    io::Loop loop;
    io::Event draining;
    Script script;
    net::peer::Server router_server(loop, {.protocol = std::string(wire::peer::router_protocol)});
    net::peer::Server queue_server(loop, {.protocol = std::string(wire::peer::queue_protocol)});
    for (std::string op : {"rcpt", "login", "sender"})
      router_server.on(op, [&](net::peer::Request&) { return answer_with(script); });
    queue_server.on("accept", [&](net::peer::Request&) { return answer_with(script); });
    net::peer::Router router(loop, folder);
    net::peer::Queue queue(loop, folder);
    io::Scope scope(loop);
    loop.run_until_done(scope.enclose(
        play(scope, folder, router, queue, script, router_server, queue_server, draining)));
  }
  unlink((folder + "/router.sock").c_str());
  unlink((folder + "/queue.sock").c_str());
  rmdir(folder.c_str());
}
