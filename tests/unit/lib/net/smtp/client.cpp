#include "net/smtp/client.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "io/loop.h"
#include "support/script_stream.h"

using namespace tegu;
using namespace tegu::tests;
using net::smtp::Client;
using net::smtp::Outcome;
using wire::smtp::BodyType;
using Kind = net::smtp::Outcome::Kind;

namespace {

// Gives the text in pieces of n octets; fails in place of the piece number fail_at.
class TextSource : public net::smtp::Source {
 public:
  explicit TextSource(std::string text, size_t piece = 7, size_t fail_at = SIZE_MAX)
      : text_(std::move(text)), piece_(piece), fail_at_(fail_at) {}
  io::Task<std::string> next() override {
    if (fail_at_-- == 0) throw base::Error("the database is away");
    std::string piece = text_.substr(0, piece_);
    text_.erase(0, piece.size());
    co_return piece;
  }

 private:
  std::string text_;
  size_t piece_;
  size_t fail_at_;
};

net::smtp::Receiver receiver(std::string_view address) {
  return {
      .address = wire::smtp::parse_mailbox(address, true).value(), .notify = {}, .original = {}};
}

net::smtp::Letter letter_to(std::vector<std::string_view> addresses) {
  net::smtp::Letter letter;
  letter.reverse_path = wire::smtp::parse_mailbox("s@a.org", true).value();
  letter.size = 12;
  for (auto address : addresses) letter.receivers.push_back(receiver(address));
  return letter;
}

const std::string text = "A: b\r\n\r\n.x\r\n";
const std::string text_on_wire = "A: b\r\n\r\n..x\r\n.\r\n";

const std::string ehlo_all =
    "250-mx\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
    "250-DSN\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250 ENHANCEDSTATUSCODES\r\n";

net::smtp::Options plain(bool lmtp = false) {
  net::smtp::Options options;
  options.host_name = "tegu.example";
  options.server_name = "mx.example";
  options.lmtp = lmtp;
  return options;
}

struct Run {
  ScriptLog log;
  std::optional<Outcome> refused;
  std::string thrown;
  std::vector<std::vector<Outcome>> outcomes;  // of each letter
  bool usable = false;
};

io::Task<void> converse(Client& client, std::vector<net::smtp::Letter> letters, std::string body,
                        Run& run) {
  run.refused = co_await client.start();
  if (!run.refused) {
    for (auto& letter : letters) {
      TextSource source(body);
      letter.size = body.size();
      run.outcomes.push_back(co_await client.send(letter, source));
    }
  }
  run.usable = client.usable();
  co_await client.quit();
}

Run run_script(const Script& script, std::vector<net::smtp::Letter> letters,
               net::smtp::Options options = plain(), ScriptPlan plan = {},
               const std::string& body = text) {
  Run run;
  io::Loop loop;
  Client client(std::make_unique<ScriptStream>(script, run.log, plan), std::move(options));
  try {
    loop.run_until_done(converse(client, std::move(letters), body, run));
  } catch (const base::Error& error) {
    run.thrown = error.what();
  }
  return run;
}

void check_complete(const Run& run, const Script& script) {
  CHECK(run.log.problem == "");
  CHECK(run.log.steps == script.size());
  CHECK(run.log.unmatched == "");
  CHECK(run.thrown == "");
}

const Script pipelined = {
    {"", "220 mx ESMTP\r\n"},
    {"EHLO tegu.example\r\n", ehlo_all},
    {"MAIL FROM:<s@a.org> SIZE=12\r\nRCPT TO:<one@b.org>\r\nRCPT TO:<two@b.org>\r\nDATA\r\n",
     "250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 No such user\r\n354 go\r\n"},
    {text_on_wire, "250 2.0.0 queued as 1\r\n"},
    {"QUIT\r\n", "221 bye\r\n"},
};

const Script plain_script = {
    {"", "220 mx\r\n"},
    {"EHLO tegu.example\r\n", "502 what?\r\n"},
    {"HELO tegu.example\r\n", "250 mx\r\n"},
    {"MAIL FROM:<s@a.org>\r\n", "250 ok\r\n"},
    {"RCPT TO:<one@b.org>\r\n", "250 ok\r\n"},
    {"RCPT TO:<two@b.org>\r\n", "450 later\r\n"},
    {"DATA\r\n", "354 go\r\n"},
    {text_on_wire, "250 ok\r\n"},
    {"QUIT\r\n", "221 bye\r\n"},
};

const Script lmtp_script = {
    {"", "220 dovecot ready\r\n"},
    {"LHLO tegu.example\r\n", "250-d\r\n250 PIPELINING\r\n"},
    {"MAIL FROM:<s@a.org>\r\nRCPT TO:<one@b.org>\r\nRCPT TO:<two@b.org>\r\nDATA\r\n",
     "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
    {text_on_wire, "250 2.0.0 stored\r\n452 4.2.2 full\r\n"},
    {"QUIT\r\n", "221 bye\r\n"},
};

}  // namespace

TEST_CASE("smtp client: one group with PIPELINING, an outcome a recipient", "[smtp-client]") {
  Run run = run_script(pipelined, {letter_to({"one@b.org", "two@b.org"})});
  check_complete(run, pipelined);
  REQUIRE(run.outcomes.size() == 1);
  const auto& [one, two] = std::tie(run.outcomes[0][0], run.outcomes[0][1]);
  CHECK(one.kind == Kind::accepted);
  CHECK(one.text == "250 2.0.0 queued as 1");
  CHECK(two.kind == Kind::permanent);
  CHECK(two.status == "5.1.1");
  CHECK(two.text == "550 5.1.1 No such user");
  CHECK(two.command == "RCPT TO");
  CHECK(run.usable);
  CHECK(run.log.closed);
}

TEST_CASE("smtp client: HELO and one command at a time", "[smtp-client]") {
  Run run = run_script(plain_script, {letter_to({"one@b.org", "two@b.org"})});
  check_complete(run, plain_script);
  CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
  CHECK(run.outcomes.at(0)[1].kind == Kind::temporary);
  CHECK(run.outcomes.at(0)[1].status == "4.0.0");
}

TEST_CASE("lmtp client: a reply for each recipient after the dot", "[smtp-client]") {
  Run run = run_script(lmtp_script, {letter_to({"one@b.org", "two@b.org"})}, plain(true));
  check_complete(run, lmtp_script);
  CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
  CHECK(run.outcomes.at(0)[1].status == "4.2.2");
}

TEST_CASE("smtp client: replies split at every octet", "[smtp-client]") {
  for (size_t piece = 1; piece < 40; ++piece) {
    Run run =
        run_script(pipelined, {letter_to({"one@b.org", "two@b.org"})}, plain(), {.piece = piece});
    check_complete(run, pipelined);
    CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
    CHECK(run.outcomes.at(0)[1].kind == Kind::permanent);
  }
}

TEST_CASE("smtp client: failing at every step never counts as accepted", "[smtp-client]") {
  struct {
    const Script& script;
    bool lmtp;
  } scripts[] = {{pipelined, false}, {plain_script, false}, {lmtp_script, true}};
  struct {
    ScriptFailure failure;
    std::string reply;
  } ways[] = {
      {ScriptFailure::closes, ""},
      {ScriptFailure::resets, ""},
      {ScriptFailure::times_out, ""},
      {ScriptFailure::write_fails, ""},
      {ScriptFailure::replies, "421 4.3.2 shutting down\r\n"},
      {ScriptFailure::replies, "451 4.3.0 no\r\n"},
      {ScriptFailure::replies, "HTTP/1.1 400 Bad Request\r\n"},
      {ScriptFailure::replies, "250-" + std::string(5000, 'x')},
      {ScriptFailure::replies, "250-never\r\n"},
  };
  for (const auto& [script, lmtp] : scripts) {
    // The end of the letter is the step before QUIT.
    for (size_t step = 0; step + 1 < script.size(); ++step) {
      for (const auto& way : ways) {
        if (step == 0 && way.failure == ScriptFailure::write_fails) continue;
        INFO("step " << step << " " << static_cast<int>(way.failure) << " "
                     << way.reply.substr(0, 20));
        Run run = run_script(script, {letter_to({"one@b.org", "two@b.org"})}, plain(lmtp),
                             {.fail_at = step, .failure = way.failure, .reply = way.reply});
        bool told = run.refused || !run.thrown.empty() || !run.outcomes.empty();
        CHECK(told);
        CHECK((!run.refused || run.refused->kind == Kind::temporary));
        for (const auto& outcomes : run.outcomes) {
          for (const Outcome& outcome : outcomes) {
            CHECK_FALSE(outcome.status.empty());
            CHECK(outcome.kind != Kind::accepted);
            // A permanent refusal that came before the failure stands; nothing else is permanent.
            CHECK((outcome.kind == Kind::temporary || outcome.code == 550));
          }
        }
      }
    }
  }
}

TEST_CASE("smtp client: a broken QUIT changes nothing", "[smtp-client]") {
  for (auto failure : {ScriptFailure::closes, ScriptFailure::resets, ScriptFailure::times_out}) {
    Run run = run_script(pipelined, {letter_to({"one@b.org", "two@b.org"})}, plain(),
                         {.fail_at = pipelined.size() - 1, .failure = failure});
    CHECK(run.thrown == "");
    CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
    CHECK(run.log.closed);
  }
}

TEST_CASE("lmtp client: lost after the first reply, the second is temporary", "[smtp-client]") {
  Script script = lmtp_script;
  script[3].reply = "250 2.0.0 stored\r\n";
  Run run = run_script(script, {letter_to({"one@b.org", "two@b.org"})}, plain(true),
                       {.fail_at = 4, .failure = ScriptFailure::closes});
  CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
  CHECK(run.outcomes.at(0)[1].kind == Kind::temporary);
  CHECK_FALSE(run.usable);
}

TEST_CASE("smtp client: a connection is used again, with RSET after a refusal", "[smtp-client]") {
  Script script = {
      {"", "220 mx\r\n"},
      {"EHLO tegu.example\r\n", "250-mx\r\n250 PIPELINING\r\n"},
      {"MAIL FROM:<s@a.org>\r\nRCPT TO:<one@b.org>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"},
      {text_on_wire, "250 ok\r\n"},
      {"MAIL FROM:<s@a.org>\r\nRCPT TO:<two@b.org>\r\nDATA\r\n",
       "250 ok\r\n550 no\r\n503 no recipients\r\n"},
      {"RSET\r\nMAIL FROM:<s@a.org>\r\nRCPT TO:<three@b.org>\r\nDATA\r\n",
       "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
      {text_on_wire, "554 5.7.1 spam\r\n"},
      {"MAIL FROM:<s@a.org>\r\nRCPT TO:<four@b.org>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"},
      {text_on_wire, "250 ok\r\n"},
      {"QUIT\r\n", "221 bye\r\n"},
  };
  Run run = run_script(script, {letter_to({"one@b.org"}), letter_to({"two@b.org"}),
                                letter_to({"three@b.org"}), letter_to({"four@b.org"})});
  check_complete(run, script);
  REQUIRE(run.outcomes.size() == 4);
  CHECK(run.outcomes[0][0].kind == Kind::accepted);
  CHECK(run.outcomes[1][0].kind == Kind::permanent);
  CHECK(run.outcomes[2][0].status == "5.7.1");
  CHECK(run.outcomes[3][0].kind == Kind::accepted);
}

TEST_CASE("smtp client: MAIL refused, the first reason counts", "[smtp-client]") {
  Script script = {
      pipelined[0],
      pipelined[1],
      {pipelined[2].expect, "552 5.3.4 too big\r\n503 no MAIL\r\n503 no MAIL\r\n503 no MAIL\r\n"},
      pipelined[4],
  };
  Run run = run_script(script, {letter_to({"one@b.org", "two@b.org"})});
  check_complete(run, script);
  for (const Outcome& outcome : run.outcomes.at(0)) CHECK(outcome.status == "5.3.4");
}

TEST_CASE("smtp client: DATA taken without recipients gets an empty letter", "[smtp-client]") {
  Script script = {
      pipelined[0],
      pipelined[1],
      {pipelined[2].expect, "250 ok\r\n550 no\r\n550 no\r\n354 go\r\n"},
      {".\r\n", "554 no recipients\r\n"},
      pipelined[4],
  };
  Run run = run_script(script, {letter_to({"one@b.org", "two@b.org"})});
  check_complete(run, script);
  CHECK(run.outcomes.at(0)[0].kind == Kind::permanent);
}

TEST_CASE("smtp client: 250 to DATA is not acceptance", "[smtp-client]") {
  Script script = {pipelined[0],
                   pipelined[1],
                   {pipelined[2].expect, "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n"}};
  Run run = run_script(script, {letter_to({"one@b.org", "two@b.org"})});
  for (const Outcome& outcome : run.outcomes.at(0)) CHECK(outcome.kind == Kind::temporary);
  CHECK_FALSE(run.usable);
}

TEST_CASE("smtp client: many recipients go in groups", "[smtp-client]") {
  std::string mail = "MAIL FROM:<s@a.org>\r\n";
  std::string first, second, replies;
  net::smtp::Letter letter = letter_to({});
  for (int i = 0; i < 60; ++i) {
    std::string address = "u" + std::to_string(i) + "@b.org";
    letter.receivers.push_back(receiver(address));
    (i < 50 ? first : second) += "RCPT TO:<" + address + ">\r\n";
    if (i < 50) replies += i == 7 ? "452 4.5.3 enough\r\n" : "250 ok\r\n";
  }
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += "250 ok\r\n";
  Script script = {
      {"", "220 mx\r\n"},
      {"EHLO tegu.example\r\n", "250-mx\r\n250 PIPELINING\r\n"},
      {mail + first, "250 ok\r\n" + replies},
      {second + "DATA\r\n", ten + "354 go\r\n"},
      {text_on_wire, "250 ok\r\n"},
      {"QUIT\r\n", "221 bye\r\n"},
  };
  Run run = run_script(script, {letter});
  check_complete(run, script);
  CHECK(run.outcomes.at(0)[7].kind == Kind::temporary);
  CHECK(std::ranges::count(run.outcomes[0], Kind::accepted, &Outcome::kind) == 59);
}

TEST_CASE("smtp client: what the peer does not take is not offered", "[smtp-client]") {
  Script bare = {{"", "220 mx\r\n"},
                 {"EHLO tegu.example\r\n", "250-mx\r\n250 SIZE 100\r\n"},
                 {"QUIT\r\n", "221 bye\r\n"}};
  net::smtp::Letter eight = letter_to({"one@b.org"}), binary = eight, utf8 = eight, header = eight;
  eight.body = BodyType::eight_bit_mime;
  binary.body = BodyType::binary_mime;
  utf8.receivers = {receiver("юзер@b.org")};
  header.smtputf8 = true;
  header.body = BodyType::eight_bit_mime;
  struct {
    net::smtp::Letter letter;
    std::string body;
    std::string_view status;
  } table[] = {{eight, "x\r\n", "5.6.3"},
               {binary, "x\r\n", "5.6.3"},
               {utf8, "x\r\n", "5.6.7"},
               {header, "x\r\n", "5.6.7"},
               {letter_to({"one@b.org"}), std::string(101, 'x'), "5.3.4"}};
  for (const auto& row : table) {
    Run run = run_script(bare, {row.letter}, plain(), {}, row.body);
    check_complete(run, bare);
    CHECK(run.outcomes.at(0)[0].status == row.status);
    CHECK(run.outcomes[0][0].kind == Kind::permanent);
    CHECK_FALSE(run.outcomes[0][0].from_peer());
    CHECK(run.usable);
  }
}

TEST_CASE("smtp client: parameters only as announced", "[smtp-client]") {
  net::smtp::Letter letter = letter_to({"юзер@b.org"});
  letter.body = BodyType::eight_bit_mime;
  letter.ret = wire::smtp::Ret::headers;
  letter.envid = "a+b";
  letter.receivers[0].notify.success = letter.receivers[0].notify.delay = true;
  letter.receivers[0].original = wire::smtp::OriginalRecipient{"rfc822", "x y@b.org"};
  wire::smtp::Capabilities none, all;
  all.size = all.eight_bit_mime = all.smtputf8 = all.dsn = true;
  CHECK(net::smtp::mail_command(letter, none) == "MAIL FROM:<s@a.org>\r\n");
  CHECK(rcpt_command(letter.receivers[0], none) == "RCPT TO:<юзер@b.org>\r\n");
  CHECK(net::smtp::mail_command(letter, all) ==
        "MAIL FROM:<s@a.org> SIZE=12 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb\r\n");
  CHECK(rcpt_command(letter.receivers[0], all) ==
        "RCPT TO:<юзер@b.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+20y@b.org\r\n");
  letter.receivers[0].notify = {.never = true};
  letter.receivers[0].original = wire::smtp::OriginalRecipient{"utf-8", "юзер@b.org"};
  CHECK(rcpt_command(letter.receivers[0], all) ==
        "RCPT TO:<юзер@b.org> NOTIFY=NEVER ORCPT=utf-8;\\x{44E}\\x{437}\\x{435}\\x{440}@b.org\r\n");
  CHECK(net::smtp::mail_command(net::smtp::Letter(), none) == "MAIL FROM:<>\r\n");
}

TEST_CASE("smtp client: binary letters go by BDAT as they are", "[smtp-client]") {
  std::string body = std::string("A: b\r\n\r\n.\r\n\0\n\r x", 16);
  net::smtp::Letter letter = letter_to({"one@b.org"});
  letter.body = BodyType::binary_mime;
  Script script = {
      {"", "220 mx\r\n"},
      {"EHLO tegu.example\r\n", ehlo_all},
      {"MAIL FROM:<s@a.org> SIZE=16 BODY=BINARYMIME\r\nRCPT TO:<one@b.org>\r\n",
       "250 ok\r\n250 ok\r\n"},
      {"BDAT 16 LAST\r\n" + body, "250 ok\r\n"},
      {"QUIT\r\n", "221 bye\r\n"},
  };
  Run run = run_script(script, {letter}, plain(), {}, body);
  check_complete(run, script);
  CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
}

TEST_CASE("smtp client: a large binary letter goes in several chunks", "[smtp-client]") {
  std::string body(100000, 'x');
  net::smtp::Letter letter = letter_to({"one@b.org"});
  letter.body = BodyType::binary_mime;
  std::string caps = base::replace_all(ehlo_all, "SIZE 1000", "SIZE");
  Script script = {
      {"", "220 mx\r\n"},
      {"EHLO tegu.example\r\n", caps},
      {"MAIL FROM:<s@a.org> SIZE=100000 BODY=BINARYMIME\r\nRCPT TO:<one@b.org>\r\n",
       "250 ok\r\n250 ok\r\n"},
      {"BDAT 65541\r\n" + body.substr(0, 65541), "250 ok\r\n"},
      {"BDAT 34459 LAST\r\n" + body.substr(65541), "250 ok\r\n"},
      {"QUIT\r\n", "221 bye\r\n"},
  };
  Run run = run_script(script, {letter}, plain(), {}, body);
  check_complete(run, script);
  CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
}

static io::Task<void> send_from(Client& client, TextSource& source,
                                std::vector<Outcome>& outcomes) {
  net::smtp::Letter letter = letter_to({"one@b.org", "two@b.org"});
  REQUIRE_FALSE(co_await client.start());
  outcomes = co_await client.send(letter, source);
}

TEST_CASE("smtp client: no final dot when the letter cannot be read", "[smtp-client]") {
  io::Loop loop;
  ScriptLog log;
  Client client(std::make_unique<ScriptStream>(pipelined, log), plain());
  TextSource source(text, 5, 1);
  std::vector<Outcome> outcomes;
  loop.run_until_done(send_from(client, source, outcomes));
  CHECK(outcomes.at(0).kind == Kind::temporary);
  CHECK(outcomes[0].text.starts_with("the database is away"));
  CHECK(outcomes[1].kind == Kind::permanent);
  CHECK_FALSE(client.usable());
  CHECK_FALSE(log.unmatched.contains("\r\n.\r\n"));
}

namespace {

struct TlsPeer {
  Script script;
  ScriptLog log;
  std::string name;
  bool fails = false;
};

io::TlsFacts established() {
  io::TlsFacts facts;
  facts.version = "TLSv1.3";
  return facts;
}

io::Task<std::unique_ptr<io::Stream>> start_tls(TlsPeer* peer, std::unique_ptr<io::Stream> plain,
                                                std::string name) {
  plain.reset();
  peer->name = name;
  if (peer->fails) throw io::ConnectionLost("bad certificate");
  co_return std::make_unique<ScriptStream>(peer->script, peer->log, ScriptPlan{}, established());
}

net::smtp::Options with_tls(TlsPeer& peer, net::smtp::TlsPolicy policy) {
  net::smtp::Options options = plain();
  options.tls = policy;
  options.start_tls = [&peer](std::unique_ptr<io::Stream> stream, std::string name, io::Deadline) {
    return start_tls(&peer, std::move(stream), std::move(name));
  };
  return options;
}

}  // namespace

TEST_CASE("smtp client: STARTTLS, then EHLO again and nothing remembered", "[smtp-client]") {
  Script before = {{"", "220 mx\r\n"},
                   {"EHLO tegu.example\r\n", "250-mx\r\n250-DSN\r\n250 STARTTLS\r\n"},
                   {"STARTTLS\r\n", "220 go\r\n"}};
  TlsPeer peer;
  peer.script = {
      {"EHLO tegu.example\r\n", "250-mx\r\n250 PIPELINING\r\n"},
      {"MAIL FROM:<s@a.org>\r\nRCPT TO:<one@b.org>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"},
      {text_on_wire, "250 ok\r\n"},
      {"QUIT\r\n", "221 bye\r\n"}};
  Run run = run_script(before, {letter_to({"one@b.org"})},
                       with_tls(peer, net::smtp::TlsPolicy::required));
  check_complete(run, before);
  CHECK(peer.log.problem == "");
  CHECK(peer.log.steps == 4);
  CHECK(peer.name == "mx.example");
  CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
}

TEST_CASE("smtp client: plain text behind the reply to STARTTLS ends the session",
          "[smtp-client]") {
  Script before = {{"", "220 mx\r\n"},
                   {"EHLO tegu.example\r\n", "250-mx\r\n250 STARTTLS\r\n"},
                   {"STARTTLS\r\n", "220 go\r\n250-forged\r\n250 SIZE\r\n"}};
  TlsPeer peer;
  Run run = run_script(before, {letter_to({"one@b.org"})},
                       with_tls(peer, net::smtp::TlsPolicy::opportunistic));
  CHECK(run.thrown == "plain text after the reply to STARTTLS");
  CHECK(peer.name == "");
}

TEST_CASE("smtp client: opportunistic TLS goes on in plain text when refused", "[smtp-client]") {
  Script script = pipelined;
  script[1].reply = base::replace_all(ehlo_all, "250-DSN", "250-STARTTLS");
  script.insert(script.begin() + 2, {"STARTTLS\r\n", "454 4.7.0 no certificate\r\n"});
  TlsPeer peer;
  Run run = run_script(script, {letter_to({"one@b.org", "two@b.org"})},
                       with_tls(peer, net::smtp::TlsPolicy::opportunistic));
  check_complete(run, script);
  CHECK(run.outcomes.at(0)[0].kind == Kind::accepted);
  Run strict = run_script({script.begin(), script.begin() + 3}, {letter_to({"one@b.org"})},
                          with_tls(peer, net::smtp::TlsPolicy::required));
  REQUIRE(strict.refused);
  CHECK(strict.refused->status == "4.7.0");
  CHECK(strict.outcomes.empty());
}

TEST_CASE("smtp client: TLS required and not offered", "[smtp-client]") {
  TlsPeer peer;
  Run run = run_script({pipelined[0], pipelined[1]}, {letter_to({"one@b.org"})},
                       with_tls(peer, net::smtp::TlsPolicy::required));
  REQUIRE(run.refused);
  CHECK(run.refused->status == "4.7.4");
}

static io::Task<void> just_start(Client& client) {
  co_await client.start();
}

TEST_CASE("smtp client: a failed handshake is told apart", "[smtp-client]") {
  io::Loop loop;
  ScriptLog log;
  TlsPeer peer;
  peer.fails = true;
  Script before = {{"", "220 mx\r\n"},
                   {"EHLO tegu.example\r\n", "250-mx\r\n250 STARTTLS\r\n"},
                   {"STARTTLS\r\n", "220 go\r\n"}};
  Client client(std::make_unique<ScriptStream>(before, log),
                with_tls(peer, net::smtp::TlsPolicy::opportunistic));
  CHECK_THROWS_AS(loop.run_until_done(just_start(client)), net::smtp::TlsFailed);
}

TEST_CASE("smtp client: greetings that refuse", "[smtp-client]") {
  for (std::string_view greeting : {"554 5.7.1 go away\r\n", "421 busy\r\n", "250 what\r\n"}) {
    Run run = run_script({{"", std::string(greeting)}}, {letter_to({"one@b.org"})});
    REQUIRE(run.refused);
    CHECK(run.refused->command == "connection");
    CHECK_FALSE(run.usable);
  }
}

TEST_CASE("smtp client: LIMITS", "[smtp-client]") {
  Script script = {
      {"", "220 mx\r\n"},
      {"EHLO tegu.example\r\n", "250-mx\r\n250-PIPELINING\r\n250 LIMITS MAILMAX=1 RCPTMAX=5\r\n"},
      {"MAIL FROM:<s@a.org>\r\nRCPT TO:<one@b.org>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"},
      {text_on_wire, "250 ok\r\n"},
      {"QUIT\r\n", "221 bye\r\n"},
  };
  Run run = run_script(script, {letter_to({"one@b.org"})});
  check_complete(run, script);
  CHECK_FALSE(run.usable);
}

TEST_CASE("smtp outcome: what a reply means", "[smtp-client]") {
  struct {
    wire::smtp::Reply reply;
    std::string_view command;
    Kind kind;
    std::string_view status;
  } table[] = {
      {{250, "2.1.5", "ok"}, "RCPT TO", Kind::accepted, "2.1.5"},
      {{250, "", "ok"}, "end of DATA", Kind::accepted, "2.0.0"},
      {{450, "", "later"}, "RCPT TO", Kind::temporary, "4.0.0"},
      {{550, "", "no"}, "RCPT TO", Kind::permanent, "5.0.0"},
      {{552, "", "too many"}, "RCPT TO", Kind::temporary, "4.0.0"},
      {{552, "5.5.3", "too many"}, "RCPT TO", Kind::temporary, "4.0.0"},
      {{552, "5.2.2", "full"}, "RCPT TO", Kind::permanent, "5.2.2"},
      {{552, "", "too big"}, "MAIL FROM", Kind::permanent, "5.0.0"},
      {{354, "", "what"}, "end of DATA", Kind::temporary, "4.0.0"},
  };
  for (const auto& row : table) {
    Outcome outcome = net::smtp::outcome_of(row.reply, row.command);
    INFO(row.reply.line());
    CHECK(outcome.kind == row.kind);
    CHECK(outcome.status == row.status);
  }
}
