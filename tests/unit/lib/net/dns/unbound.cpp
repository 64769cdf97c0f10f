// UnboundResolver against a small DNS server on loopback that runs on the same loop.
#include "net/dns/unbound.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "base/ids.h"
#include "base/text.h"
#include "io/watch.h"
#include "net/dns/mail_hosts.h"
#include "support/coroutines.h"
#include "support/signed_zone.h"

using namespace tegu;
using namespace tegu::net::dns;
using namespace std::string_literals;

namespace {

constexpr Type rrsig{46}, dnskey{48};
constexpr size_t ttl = 300;
constexpr int noerror = 0, servfail = 2, nxdomain = 3, refused = 5;

class Server {
 public:
  explicit Server(io::Loop& loop)
      : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        watch_(loop, fd_.get()) {
    auto any = *io::Endpoint::parse("127.0.0.1:0");
    REQUIRE(::bind(fd_.get(), any.native(), any.native_size()) == 0);
  }
  std::string address() const { return io::Endpoint::local_of(fd_.get()).text(); }
  void answer(const std::string& name, Type type, std::vector<std::string> rdata) {
    answers_[{name, type}] = {noerror, std::move(rdata)};
  }
  void fail(const std::string& name, Type type, int rcode) { answers_[{name, type}] = {rcode, {}}; }
  // Answers of `zone` carry signatures by `key`; those about `forged` do not fit them.
  void sign(const std::string& zone, const test::ZoneKey& key, std::string forged) {
    zone_ = zone;
    key_ = &key;
    forged_ = std::move(forged);
    answer(zone, dnskey, {key.rdata()});
  }
  // Names with "mute" in them are never answered, unknown ones do not exist.
  io::Task<void> run() {
    char packet[2000];
    for (;;) {
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      auto* address = reinterpret_cast<sockaddr*>(&from);
      ssize_t got = ::recvfrom(fd_.get(), packet, sizeof packet, 0, address, &length);
      if (got < 0) {
        co_await watch_.readable(io::never);
        continue;
      }
      auto reply = reply_to(std::string_view(packet, static_cast<size_t>(got)));
      if (!reply.empty()) ::sendto(fd_.get(), reply.data(), reply.size(), 0, address, length);
    }
  }
  int asked = 0;

 private:
  struct Entry {
    int rcode;
    std::vector<std::string> rdata;
  };
  static std::string number(size_t value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
  }
  std::string reply_to(std::string_view query) {
    asked++;
    const size_t end = query.find('\0', 12);
    auto name = parse_name(query.substr(12, end - 11));
    REQUIRE(name);
    const auto type = static_cast<Type>(static_cast<unsigned char>(query[end + 2]));
    const std::string lower = base::to_lower(*name);
    if (lower.find("mute") != std::string::npos) return {};
    Entry entry{nxdomain, {}};
    if (auto found = answers_.find({lower, type}); found != answers_.end()) entry = found->second;
    std::string records;
    auto append = [&](Type type, const std::string& rdata) {
      records += "\xc0\x0c"s + number(static_cast<size_t>(type)) + number(1) + number(0) +
                 number(ttl) + number(rdata.size()) + rdata;
    };
    for (auto& rdata : entry.rdata) append(type, rdata);
    size_t count = entry.rdata.size();
    if (key_ && count > 0 && lower.ends_with(zone_)) {
      if (lower == forged_) entry.rdata[0].back() ^= 1;
      append(rrsig, key_->sign(lower, static_cast<uint16_t>(type), ttl, entry.rdata));
      count++;
    }
    std::string reply(query.substr(0, 2));
    reply += "\x81"s + static_cast<char>(0x80 | entry.rcode) + number(1);
    reply += number(count) + number(0) + number(0);
    reply += query.substr(12, end - 12 + 5);
    reply += records;
    return reply;
  }

  base::Fd fd_;
  io::Watch watch_;
  std::string zone_, forged_;
  const test::ZoneKey* key_ = nullptr;
  std::map<std::pair<std::string, Type>, Entry> answers_;
};

io::Deadline soon() {
  return io::after(std::chrono::seconds(9));
}

// Runs `body` beside the server.
template <class T>
T with_server(io::Loop& loop, Server& server, io::Task<T> body) {
  struct Beside {
    static io::Task<T> run(io::Loop& loop, Server& server, io::Task<T> body) {
      io::Scope scope(loop);
      scope.spawn(server.run());
      co_return co_await scope.enclose(std::move(body));
    }
  };
  return loop.run_until_done(Beside::run(loop, server, std::move(body)));
}

}  // namespace

TEST_CASE("dns unbound: every kind of record and of failure", "[dns]") {
  io::Loop loop;
  Server server(loop);
  server.answer("example.test", Type::mx,
                {wire_mx({20, "mx2.example.test"}), wire_mx({10, "MX1.example.test"})});
  server.answer("null.test", Type::mx, {wire_mx({0, ""})});
  server.answer("mx1.example.test", Type::a, {"\xc0\0\2\1"s, "\xc0\0\2\2"s});
  server.answer("mx1.example.test", Type::aaaa, {std::string(15, '\0') + "\1"});
  server.answer("mx2.example.test", Type::a, {});
  server.answer("example.test", Type::txt, {wire_txt(std::string(400, 'x'))});
  server.answer("_25._tcp.mx1.example.test", Type::tlsa, {wire_tlsa({3, 1, 1, "digest"})});
  server.answer("1.2.0.192.in-addr.arpa", Type::ptr, {wire_name("mx1.example.test")});
  server.answer("1.1.168.192.in-addr.arpa", Type::ptr, {wire_name("lan.example.test")});
  server.fail("broken.test", Type::a, servfail);
  server.fail("refused.test", Type::a, refused);
  UnboundResolver dns(loop, {{server.address()}, ""});

  auto mx = with_server(loop, server, dns.mx("Example.Test", soon()));
  CHECK(mx.status == Status::ok);
  REQUIRE(mx.records.size() == 2);
  CHECK(base::iequals(mx.records[0].host, "mx1.example.test"));
  CHECK(mx.records[1] == Mx{20, "mx2.example.test"});
  CHECK_FALSE(mx.secure);
  CHECK(is_null_mx(with_server(loop, server, dns.mx("null.test", soon()))));

  auto a = with_server(loop, server, dns.a("mx1.example.test", soon()));
  CHECK(a.records.size() == 2);
  CHECK(a.canonical == "mx1.example.test");
  auto aaaa = with_server(loop, server, dns.aaaa("mx1.example.test", soon()));
  REQUIRE(aaaa.records.size() == 1);
  CHECK(aaaa.records[0].address() == "::1");
  auto txt = with_server(loop, server, dns.txt("example.test", soon()));
  CHECK(txt.records == std::vector{std::string(400, 'x')});
  auto tlsa = with_server(loop, server, dns.tlsa("_25._tcp.mx1.example.test", soon()));
  CHECK(tlsa.records == std::vector{Tlsa{3, 1, 1, "digest"}});
  for (auto [address, host] :
       {std::pair{"192.0.2.1", "mx1.example.test"}, std::pair{"192.168.1.1", "lan.example.test"}}) {
    auto ptr = with_server(loop, server, dns.ptr(*io::Endpoint::from_address(address, 0), soon()));
    CHECK(ptr.records == std::vector<std::string>{host});
  }

  CHECK(with_server(loop, server, dns.a("mx2.example.test", soon())).status == Status::no_data);
  CHECK(with_server(loop, server, dns.a("nobody.test", soon())).status == Status::no_domain);
  CHECK(with_server(loop, server, dns.a("broken.test", soon())).status == Status::temporary);
  CHECK(with_server(loop, server, dns.a("refused.test", soon())).status == Status::temporary);
  CHECK(with_server(loop, server, dns.a("no name", soon())).status == Status::no_domain);

  auto hosts = with_server(loop, server, mx_hosts(dns, "example.test", soon()));
  CHECK(hosts.status == MailHosts::Status::ok);
  REQUIRE(hosts.hosts.size() == 1);
  CHECK(hosts.hosts[0].addresses.size() == 3);

  const int before = server.asked;
  with_server(loop, server, dns.txt("EXAMPLE.test.", soon()));
  CHECK(server.asked == before);  // from the cache
}

TEST_CASE("dns unbound: more records than anybody needs", "[dns]") {
  io::Loop loop;
  Server server(loop);
  std::vector<std::string> many;
  for (int i = 0; i < 150; i++) many.push_back("\xc0\0\2"s + static_cast<char>(i));
  server.answer("many.test", Type::a, many);
  UnboundResolver dns(loop, {{server.address()}, ""});
  auto answer = with_server(loop, server, dns.a("many.test", soon()));
  CHECK(answer.status == Status::ok);
  CHECK(answer.records.size() == record_limit);
}

TEST_CASE("dns unbound: signatures are checked", "[dns]") {
  io::Loop loop;
  Server server(loop);
  const test::ZoneKey key("signed.test");
  server.answer("mx.signed.test", Type::a, {"\xc0\0\2\1"s, "\xc0\0\2\2"s});
  server.answer("signed.test", Type::mx, {wire_mx({10, "mx.signed.test"})});
  server.answer("_25._tcp.mx.signed.test", Type::tlsa, {wire_tlsa({3, 1, 1, "digest"})});
  server.answer("forged.signed.test", Type::a, {"\xc0\0\2\3"s});
  server.answer("plain.test", Type::a, {"\xc0\0\2\4"s});
  server.sign("signed.test", key, "forged.signed.test");
  const std::string anchor = "/tmp/tegu-test-" + base::random_name(10);
  std::ofstream(anchor) << key.anchor();
  {
    UnboundResolver dns(loop, {{server.address()}, anchor});
    auto mx = with_server(loop, server, dns.mx("signed.test", soon()));
    CHECK(mx.secure);
    CHECK(mx.records.size() == 1);
    auto a = with_server(loop, server, dns.a("mx.signed.test", soon()));
    CHECK(a.secure);
    CHECK(a.records.size() == 2);
    CHECK(with_server(loop, server, dns.tlsa("_25._tcp.mx.signed.test", soon())).secure);
    auto forged = with_server(loop, server, dns.a("forged.signed.test", soon()));
    CHECK(forged.status == Status::temporary);
    CHECK(forged.records.empty());
    CHECK(base::istarts_with(forged.reason, "DNSSEC: "));
    auto plain = with_server(loop, server, dns.a("plain.test", soon()));
    CHECK(plain.status == Status::ok);
    CHECK_FALSE(plain.secure);
  }
  ::unlink(anchor.c_str());
}

static io::Task<void> ask_mute(io::Loop& loop, Resolver& dns, int count) {
  struct One {
    static io::Task<void> run(Resolver& dns, std::string name) {
      co_await dns.a(std::move(name), io::never);
    }
  };
  io::Scope scope(loop);
  for (int i = 0; i < count; i++) {
    scope.spawn(One::run(dns, "mute" + std::to_string(i) + ".test"));
  }
  for (int i = 0; i < 5; i++) co_await io::yield();
  co_await scope.close();
}

TEST_CASE("dns unbound: deadlines and cancellation take questions back", "[dns]") {
  io::Loop loop;
  Server server(loop);
  server.answer("good.test", Type::a, {"\1\2\3\4"s});
  UnboundResolver dns(loop, {{server.address()}, ""});
  auto mute =
      with_server(loop, server, dns.a("mute.test", io::after(std::chrono::milliseconds(5))));
  CHECK(mute.status == Status::temporary);
  CHECK(mute.reason == "no answer in time");
  with_server(loop, server, ask_mute(loop, dns, 100));
  CHECK(with_server(loop, server, dns.a("good.test", soon())).status == Status::ok);
}

static io::Task<void> ask_for(Resolver& dns, std::string& address) {
  auto answer = co_await dns.a("example.test", soon());
  address = answer.records.empty() ? answer.reason : answer.records[0].address();
}

static io::Task<void> change_servers(io::Loop& loop, Server& first, Server& second) {
  UnboundResolver dns(loop, {{first.address()}, ""});
  io::Scope servers(loop);
  servers.spawn(first.run());
  servers.spawn(second.run());
  io::Scope asking(loop);
  std::string before, after;
  asking.spawn(ask_for(dns, before));
  co_await io::yield();
  dns.follow({{second.address()}, ""});
  co_await ask_for(dns, after);
  co_await asking.join();
  CHECK(before == "192.0.2.1");
  CHECK(after == "192.0.2.2");
  // What changes nothing forgets nothing, and what is wrong leaves all as it is.
  const int asked = second.asked;
  dns.follow({{second.address()}, ""});
  CHECK_THROWS_AS(dns.follow({{"localhost:53"}, ""}), base::UsageError);
  co_await ask_for(dns, after);
  CHECK(after == "192.0.2.2");
  CHECK(second.asked == asked);
  co_await servers.close();
}

TEST_CASE("dns unbound: questions go by the settings of their time", "[dns]") {
  io::Loop loop;
  Server first(loop), second(loop);
  first.answer("example.test", Type::a, {"\xc0\0\2\1"s});
  second.answer("example.test", Type::a, {"\xc0\0\2\2"s});
  loop.run_until_done(change_servers(loop, first, second));
}

TEST_CASE("dns unbound: wrong settings say so", "[dns]") {
  io::Loop loop;
  CHECK_THROWS_WITH(UnboundResolver(loop, {{"localhost:53"}, ""}),
                    "DNS server is not address:port: localhost:53");
  CHECK_THROWS_WITH(UnboundResolver(loop, {{"127.0.0.1:53"}, "/nowhere/root.key"}),
                    "cannot read DNSSEC anchor /nowhere/root.key");
}
