// The queue as a whole, from `accept` to the next hop and the report, over a ledger in memory.
#include "dispatcher.h"

#include <sys/mman.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "acceptor.h"
#include "fake_ledger.h"
#include "fake_outside.h"
#include "io/loop.h"
#include "net/dns/fake.h"
#include "net/peer/errors.h"
#include "wire/dsn/parse.h"

using namespace tegu;
using namespace tegu::tests;
using namespace std::chrono_literals;

namespace {

using wire::smtp::Notify;

const std::string letter_text = "Subject: Hello\r\n\r\nbody\r\n";

wire::smtp::Address mailbox(std::string_view text) {
  return wire::smtp::parse_mailbox(text, true).value();
}

struct World {
  io::Loop loop;
  io::Workers workers{1, 10};
  base::Registry registry;
  queue::Meters meters{registry};
  FakeLedger ledger;
  FakeRouter router;
  FakeNetwork network;
  net::dns::FakeResolver resolver;
  queue::Policy policy;
  queue::Heart heart{ledger, 60s};
  model::content::Packers packers{workers, 2};
  queue::Desk desk{ledger, router, workers, packers, [this] { return policy; }};
  queue::Courier courier{network, resolver, ledger};
  queue::Dispatcher dispatcher{{.loop = loop,
                                .ledger = ledger,
                                .courier = courier,
                                .desk = desk,
                                .heart = heart,
                                .policy = [this] { return policy; },
                                .meters = meters,
                                .chance = [] { return 0.5; }}};
  queue::Acceptor acceptor{desk, meters};
  std::vector<std::string> answers;  // of accept

  World() {
    policy.host_name = policy.report.host_name = "mx.a.org";
    policy.lifetime = 120h;
    policy.report_lifetime = 24h;
    policy.retry.notice_after = 4h;
    router.local("s@a.org", 1);
    resolver.mx("b.org", 10, "mx.b.org").a("mx.b.org", "192.0.2.1");
    desk.on_committed = [this](const queue::Change&) { dispatcher.wake(); };
  }
};

struct Asked {
  std::string address;
  std::vector<wire::smtp::Delivery> deliveries;
  Notify notify = {};
};

Asked relayed(std::string address, Notify notify = {}, std::string hop = "") {
  wire::smtp::RelayDelivery relay{mailbox(address), hop};
  return {address, {relay}, notify};
}
Asked local(std::string address, int64_t account, Notify notify = {}) {
  return {address, {wire::smtp::LocalDelivery{base::AccountId{account}}}, notify};
}

io::Task<void> hand_in(World& world, std::vector<Asked> asked, std::string sender = "s@a.org",
                       std::string text = letter_text) {
  wire::peer::AcceptRequest request;
  request.envelope.id = "letter" + std::to_string(world.answers.size());
  if (!sender.empty()) request.envelope.reverse_path = mailbox(sender);
  for (auto& one : asked) {
    request.envelope.recipients.push_back({.address = mailbox(one.address),
                                           .notify = one.notify,
                                           .original = {},
                                           .deliveries = one.deliveries});
  }
  request.size = static_cast<int64_t>(text.size());
  queue::Acceptor::Letter letter;
  if (world.answers.size() % 2 == 0 && text.size() <= wire::peer::max_octets) {
    letter.octets = text;
  } else {
    letter.fd.reset(::memfd_create("letter", MFD_CLOEXEC));
    REQUIRE(::write(letter.fd.get(), text.data(), text.size()) ==
            static_cast<ssize_t>(text.size()));
  }
  try {
    co_await world.acceptor.accept(std::move(request), std::move(letter));
    world.answers.push_back("stored");
  } catch (const base::Error& error) {
    world.answers.push_back(error.what());
  }
}

// Runs desk and dispatcher around a test's own part, and drains them.
io::Task<void> around(World& world, io::Task<void> part) {
  co_await world.heart.begin();
  io::Event draining;
  io::Scope scope(world.loop);
  scope.spawn(world.desk.run());
  scope.spawn(world.dispatcher.run(draining));
  co_await std::move(part);
  draining.set();
  // The dispatcher's last words go through the desk.
  while (scope.size() > 1) co_await io::sleep_for(1ms);
  world.desk.stop();
  co_await scope.join();
}

template <class Done>
io::Task<void> until(World& world, Done done) {
  io::Deadline deadline = io::after(10s);
  while (!done() && io::Clock::now() < deadline)
    co_await world.ledger.changed.wait(io::after(50ms));
  CHECK(done());
}

void run(World& world, io::Task<void> part) {
  world.loop.run_until_done(around(world, std::move(part)));
}

Script session(std::string rcpt_reply, std::string end_reply = "250 ok\r\n",
               std::string to = "x@b.org") {
  Script script = {
      {"", "220 mx\r\n"},
      {"EHLO mx.a.org\r\n", "250-mx\r\n250-8BITMIME\r\n250 PIPELINING\r\n"},
      {"MAIL FROM:<s@a.org>\r\nRCPT TO:<" + to + ">\r\nDATA\r\n", "250 ok\r\n" + rcpt_reply},
  };
  if (rcpt_reply.ends_with("354 go\r\n")) script.push_back({letter_text + ".\r\n", end_reply});
  script.push_back({"QUIT\r\n", "221 bye\r\n"});
  return script;
}
const std::string taken = "250 ok\r\n354 go\r\n";

wire::dsn::ParsedReport report_in(const World& world, int64_t account, size_t index = 0) {
  REQUIRE(world.ledger.mailboxes.contains(account));
  REQUIRE(world.ledger.mailboxes.at(account).size() > index);
  auto report = wire::dsn::parse_report(world.ledger.mailboxes.at(account)[index]);
  REQUIRE(report);
  return *report;
}

io::Task<void> send_one(World& world, std::vector<Asked> asked, std::string sender = "s@a.org") {
  co_await hand_in(world, std::move(asked), std::move(sender));
  co_await until(world, [&] { return world.ledger.items.empty(); });
}

}  // namespace

TEST_CASE("queue: local and relayed recipients of one letter", "[queue]") {
  World world;
  world.network.expect("192.0.2.1:25", session(taken));
  run(world, send_one(world, {local("l@a.org", 7), relayed("x@b.org")}));
  CHECK(world.answers == std::vector<std::string>{"stored"});
  // The mailbox has the Return-Path line, the next hop got the letter without it.
  REQUIRE(world.ledger.mailboxes[7].size() == 1);
  CHECK(world.ledger.mailboxes[7][0] == "Return-Path: <s@a.org>\r\n" + letter_text);
  REQUIRE(world.network.used.size() == 1);
  CHECK(world.network.used[0]->log.problem == "");
  CHECK(world.network.used[0]->log.steps == 5);
  CHECK(world.ledger.contents.size() == 1);
  CHECK(world.ledger.mailboxes[1].empty());
}

io::Task<void> hand_in_large(World& world, std::vector<Asked> asked) {
  std::string text = letter_text;
  while (text.size() < 1'000'000) text += "line " + std::to_string(text.size()) + "\r\n";
  text += "8-bit: \xc3\xa4\r\n";
  co_await hand_in(world, std::move(asked), "s@a.org", std::move(text));
}

TEST_CASE("queue: a large letter is not held in memory, and arrives whole", "[queue]") {
  World world;
  Asked asked = local("l@a.org", 7, {.success = true});
  run(world, hand_in_large(world, {asked, relayed("x@b.org")}));
  CHECK(world.answers == std::vector<std::string>{"stored"});
  REQUIRE(world.ledger.mailboxes[7].size() == 1);
  const std::string& stored = world.ledger.mailboxes[7][0];
  CHECK(stored.starts_with("Return-Path: <s@a.org>\r\n" + letter_text));
  CHECK(stored.ends_with("8-bit: \xc3\xa4\r\n"));
  CHECK(stored.size() > 1'000'000);
  // Its report became true with it.
  CHECK(world.ledger.commits == 1);
  CHECK(report_in(world, 1).recipients[0].at("action") == "delivered");
  REQUIRE(world.ledger.items.size() == 1);
  CHECK(world.ledger.items.begin()->second.letter.body == wire::smtp::BodyType::eight_bit_mime);
}

TEST_CASE("queue: a refusal is reported in the transaction that removes the recipient", "[queue]") {
  World world;
  world.network.expect("192.0.2.1:25", session("550 5.1.1 no such user\r\n503 no rcpt\r\n"));
  run(world, send_one(world, {relayed("x@b.org")}));
  CHECK(world.ledger.commits == 2);
  auto report = report_in(world, 1);
  REQUIRE(report.recipients.size() == 1);
  CHECK(report.recipients[0].at("action") == "failed");
  CHECK(report.recipients[0].at("status") == "5.1.1");
  CHECK(report.recipients[0].at("remote-mta") == "dns; mx.b.org");
  CHECK(report.recipients[0].at("diagnostic-code") == "smtp; 550 5.1.1 no such user");
  // The letter goes back as its sender wrote it.
  CHECK(report.returned + "\r\n" == letter_text);
  CHECK(world.ledger.mailboxes[1][0].starts_with("Return-Path: <>\r\n"));
}

TEST_CASE("queue: never a report about the null sender's letter", "[queue]") {
  World world;
  Script script = session("550 5.1.1 no such user\r\n503 no rcpt\r\n");
  script[2].expect = "MAIL FROM:<>\r\nRCPT TO:<x@b.org>\r\nDATA\r\n";
  world.network.expect("192.0.2.1:25", script);
  run(world, send_one(world, {relayed("x@b.org")}, ""));
  CHECK(world.network.used.at(0)->log.problem == "");
  CHECK(world.ledger.mailboxes.empty());
  CHECK(world.ledger.contents.size() == 1);
}

TEST_CASE("queue: a report to an unknown sender is dropped", "[queue]") {
  World world;
  world.router.answers.clear();
  world.network.expect("192.0.2.1:25", session("550 5.1.1 no such user\r\n503 no rcpt\r\n"));
  run(world, send_one(world, {relayed("x@b.org")}));
  CHECK(world.ledger.mailboxes.empty());
}

TEST_CASE("queue: success is reported where the next hop will not", "[queue]") {
  struct {
    Asked asked;
    std::string_view action;
  } table[] = {{relayed("x@b.org", {.success = true}), "relayed"},
               {local("l@a.org", 7, {.success = true}), "delivered"}};
  for (auto& row : table) {
    World world;
    world.network.expect("192.0.2.1:25", session(taken));
    run(world, send_one(world, {row.asked}));
    auto report = report_in(world, 1);
    CHECK(report.recipients.at(0).at("action") == row.action);
    CHECK(report.returned_type == "text/rfc822-headers");
  }
  World dsn;
  Script script = session(taken);
  script[1].reply = "250-mx\r\n250-DSN\r\n250 PIPELINING\r\n";
  script[2].expect = "MAIL FROM:<s@a.org>\r\nRCPT TO:<x@b.org> NOTIFY=SUCCESS\r\nDATA\r\n";
  dsn.network.expect("192.0.2.1:25", script);
  run(dsn, send_one(dsn, {relayed("x@b.org", {.success = true})}));
  CHECK(dsn.network.used.at(0)->log.problem == "");
  CHECK(dsn.ledger.mailboxes.empty());
}

static io::Task<void> send_and_wait_deferral(World& world, std::vector<Asked> asked) {
  co_await hand_in(world, std::move(asked));
  co_await until(world, [&] {
    if (world.ledger.items.empty()) return false;
    for (auto& [seq, row] : world.ledger.items.begin()->second.rows) {
      if (row.reply.empty()) return false;
    }
    return true;
  });
}

TEST_CASE("queue: a temporary refusal waits for its time", "[queue]") {
  World world;
  world.network.expect("192.0.2.1:25", session("450 4.2.0 greylisted\r\n503 no rcpt\r\n"));
  run(world, send_and_wait_deferral(world, {relayed("x@b.org")}));
  const auto& row = world.ledger.items.begin()->second.rows.at(0);
  CHECK(row.reply == "450 4.2.0 greylisted");
  CHECK(row.recipient.attempts == 1);
  CHECK(row.next_try > base::wall_now() + 4min);
  CHECK(world.ledger.mailboxes.empty());
}

TEST_CASE("queue: a destination that gives no session is tried once", "[queue]") {
  World world;
  run(world, send_and_wait_deferral(world, {relayed("x@b.org"), relayed("y@b.org")}));
  CHECK(world.network.connects.size() == 1);
  CHECK(world.ledger.items.begin()->second.rows.at(1).reply.contains("connection refused"));
}

static io::Task<void> expire(World& world) {
  co_await send_and_wait_deferral(world, {relayed("x@b.org")});
  auto& item = world.ledger.items.begin()->second;
  item.letter.expires = base::wall_now();
  item.rows.at(0).recipient.attempts = 10;
  item.rows.at(0).next_try = {};
  world.dispatcher.wake();
  co_await until(world, [&] { return world.ledger.items.empty(); });
}

TEST_CASE("queue: an expired recipient is reported with the last reason", "[queue]") {
  World world;
  run(world, expire(world));
  auto report = report_in(world, 1);
  CHECK(report.recipients.at(0).at("status") == "5.4.7");
  CHECK(report.recipients[0].at("diagnostic-code").contains("connection refused"));
}

static io::Task<void> delay(World& world) {
  co_await send_and_wait_deferral(world, {relayed("x@b.org")});
  auto& item = world.ledger.items.begin()->second;
  item.letter.facts.arrival -= 5h;
  item.rows.at(0).next_try = {};
  world.dispatcher.wake();
  co_await until(world, [&] { return !world.ledger.mailboxes.empty(); });
}

TEST_CASE("queue: a delay is told once", "[queue]") {
  World world;
  run(world, delay(world));
  auto report = report_in(world, 1);
  CHECK(report.recipients.at(0).at("action") == "delayed");
  CHECK(report.recipients[0].contains("will-retry-until"));
  CHECK(world.ledger.items.begin()->second.rows.at(0).recipient.delay_told);
}

TEST_CASE("queue: what the DNS says for good is reported", "[queue]") {
  World world;
  world.resolver.null_mx("null.org").mx("self.org", 5, "MX.a.org").a("MX.a.org", "192.0.2.9");
  run(world,
      send_one(world, {relayed("x@null.org"), relayed("x@gone.org"), relayed("x@self.org")}));
  std::map<std::string, std::string> status;
  for (size_t i = 0; i < world.ledger.mailboxes[1].size(); ++i) {
    for (auto& fields : report_in(world, 1, i).recipients)
      status[fields.at("final-recipient")] = fields.at("status");
  }
  CHECK(status == std::map<std::string, std::string>{{"rfc822; x@null.org", "5.1.10"},
                                                     {"rfc822; x@gone.org", "5.1.2"},
                                                     {"rfc822; x@self.org", "5.4.6"}});
  CHECK(world.network.connects.empty());
}

TEST_CASE("queue: recipients without deliveries are asked at the router", "[queue]") {
  World world;
  world.router.local("l@a.org", 7);
  run(world, send_one(world, {{"l@a.org", {}}, {"nobody@a.org", {}}}));
  CHECK(world.ledger.mailboxes[7].size() == 1);
  auto report = report_in(world, 1);
  CHECK(report.recipients.at(0).at("final-recipient") == "rfc822; nobody@a.org");
  CHECK(report.recipients[0].at("status") == "5.1.1");
}

static io::Task<void> router_comes_back(World& world) {
  world.router.away = true;
  co_await send_and_wait_deferral(world, {{"l@a.org", {}}, {"list@a.org", {}}});
  world.router.away = false;
  for (auto& [seq, row] : world.ledger.items.begin()->second.rows) row.next_try = {};
  world.dispatcher.wake();
  co_await until(world, [&] { return world.ledger.items.empty(); });
}

TEST_CASE("queue: the letter waits for a router that is away", "[queue]") {
  World world;
  world.router.local("l@a.org", 7);
  world.router.answers["list@a.org"] = {
      wire::peer::RcptStatus::local,
      {wire::smtp::LocalDelivery{{8}}, wire::smtp::RelayDelivery{mailbox("x@b.org"), ""}}};
  world.network.expect("192.0.2.1:25", session(taken));
  run(world, router_comes_back(world));
  CHECK(world.ledger.mailboxes[7].size() == 1);
  CHECK(world.ledger.mailboxes[8].size() == 1);
  CHECK(world.network.used.at(0)->log.problem == "");
  CHECK(world.network.used[0]->log.steps == 5);
}

static io::Task<void> two_letters(World& world) {
  co_await send_one(world, {relayed("x@b.org")});
  co_await send_one(world, {relayed("x@b.org")});
}

TEST_CASE("queue: a session is used again", "[queue]") {
  World world;
  Script script = session(taken);
  script.insert(script.end() - 1, {script[2], script[3]});
  world.network.expect("192.0.2.1:25", script);
  run(world, two_letters(world));
  REQUIRE(world.network.used.size() == 1);
  CHECK(world.network.used[0]->log.problem == "");
  CHECK(world.network.used[0]->log.steps == 7);
}

TEST_CASE("queue: a session that the peer closed while idle costs no attempt", "[queue]") {
  World world;
  Script script = session(taken);
  script.insert(script.end() - 1, script[2]);
  ScriptPlan closes;
  closes.fail_at = 4;
  closes.failure = ScriptFailure::closes;
  world.network.expect("192.0.2.1:25", script, closes);
  world.network.expect("192.0.2.1:25", session(taken));
  run(world, two_letters(world));
  CHECK(world.network.used.size() == 2);
  CHECK(world.ledger.mailboxes.empty());
}

static io::Task<void> settle_slowly(World& world) {
  co_await hand_in(world, {relayed("x@b.org")});
  co_await hand_in(world, {relayed("x@b.org")});
  world.ledger.held = true;
  world.policy.recipients = 10;
  world.dispatcher.wake();
  auto second_begun = [&] {
    return world.network.used.size() == 1 && world.network.used[0]->log.steps == 5;
  };
  co_await until(world, second_begun);
  co_await io::sleep_for(20ms);
  CHECK(world.network.used[0]->log.unmatched == "");
  world.ledger.held = false;
  world.ledger.changed.notify_all();
  co_await until(world, [&] { return world.ledger.items.empty(); });
}

TEST_CASE("queue: a letter is finished when the one before it is written down", "[queue]") {
  World world;
  Script script = session(taken);
  script.insert(script.end() - 1, {script[2], script[3]});
  world.network.expect("192.0.2.1:25", script);
  world.policy.recipients = 0;
  world.policy.destination_connections = 1;
  run(world, settle_slowly(world));
  CHECK(world.network.used[0]->log.problem == "");
  CHECK(world.network.used[0]->log.steps == 7);
}

static io::Task<bool> no() {
  co_return false;
}

TEST_CASE("queue: without sure leases no letter is finished", "[queue]") {
  World world;
  // The lease time is over at once.
  queue::Heart weak(world.ledger, 0s);
  CHECK_FALSE(weak.is_sure());
  std::function<io::Task<bool>()> unsure = [] { return no(); };
  world.ledger.contents[5] = "Return-Path: <>\r\n" + letter_text;
  queue::LetterFacts facts;
  queue::QueuedLetter letter;
  letter.content = {5};
  letter.facts.sender = mailbox("s@a.org");
  letter.facts.size = world.ledger.contents[5].size();
  world.network.expect("192.0.2.1:25", session(taken));
  struct Try {
    static io::Task<queue::Carried> carry(World& world, const queue::QueuedLetter& letter,
                                          const std::function<io::Task<bool>()>& unsure) {
      queue::Hop hop{.host = "b.org"};
      auto line = co_await world.courier.connect(hop, world.policy);
      REQUIRE(line);
      queue::QueuedRecipient recipient;
      recipient.pending.address = mailbox("x@b.org");
      std::vector<queue::QueuedRecipient> recipients{recipient};
      co_return co_await world.courier.carry(*line, letter, recipients, unsure);
    }
  };
  auto carried = world.loop.run_until_done(Try::carry(world, letter, unsure));
  CHECK(carried.outcomes.at(0).kind == net::smtp::Outcome::Kind::temporary);
  CHECK(world.network.used.at(0)->log.steps == 3);
  CHECK_FALSE(world.network.used[0]->log.unmatched.contains("\r\n.\r\n"));
}

TEST_CASE("queue: whichever commit fails, nothing is lost and nothing doubled", "[queue]") {
  for (size_t at = 0; at < 3; ++at) {
    INFO("commit " << at);
    World world;
    world.ledger.fault_at = at;
    world.ledger.fault = FakeLedger::Fault::away;
    world.network.expect("192.0.2.1:25", session("550 5.1.1 no\r\n503 no rcpt\r\n"));
    run(world, send_one(world, {local("l@a.org", 7), relayed("x@b.org")}));
    REQUIRE(world.answers.size() == 1);
    bool stored = world.answers[0] == "stored";
    CHECK(stored == (at != 0));
    CHECK(world.ledger.mailboxes[7].size() == (stored ? 1 : 0));
    CHECK(world.ledger.mailboxes[1].size() == (stored ? 1 : 0));
    CHECK(world.network.connects.size() == (stored ? 1 : 0));
  }
}

TEST_CASE("queue: a commit whose answer was lost is not acknowledged", "[queue]") {
  World world;
  world.ledger.fault_at = 0;
  world.ledger.fault = FakeLedger::Fault::lost_but_done;
  run(world, send_one(world, {local("l@a.org", 7)}));
  CHECK(world.answers == std::vector<std::string>{"lost"});
}

static io::Task<void> bad_request(World& world, wire::peer::AcceptRequest request, base::Fd fd,
                                  std::string octets = {}) {
  co_await world.acceptor.accept(std::move(request), {std::move(octets), std::move(fd)});
}

TEST_CASE("queue: requests that make no sense are refused", "[queue]") {
  wire::peer::AcceptRequest request;
  request.size = 5;
  World world;
  CHECK_THROWS_AS(world.loop.run_until_done(bad_request(world, request, base::Fd())),
                  net::peer::Refused);
  base::Fd fd(::memfd_create("letter", MFD_CLOEXEC));
  CHECK_THROWS_AS(world.loop.run_until_done(bad_request(world, request, std::move(fd))),
                  net::peer::Refused);
}
