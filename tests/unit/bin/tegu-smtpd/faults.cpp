// Sessions in which something breaks at each step, and peers that mean harm.
#include <array>
#include <catch2/catch.hpp>

#include "script.h"

using namespace tegu::smtpd;
using namespace tegu::smtpd::test;

namespace {

const std::string to = "MAIL FROM:<a@far.org>\r\nRCPT TO:<x@local.org>\r\n";

}  // namespace

TEST_CASE("smtpd: what cannot be asked or stored is put off, nothing else changes", "[smtpd]") {
  const std::string dialogue = "MAIL FROM:<jane@local.org>\r\nRCPT TO:<x@local.org>\r\n";
  const std::vector<std::string> want = {"220 250 454 530 503", "220 250 235 451 503",
                                         "220 250 235 250 451", "220 250 235 250 250"};
  for (size_t step = 0; step < want.size(); ++step) {
    Node node;
    node.router.fails_at = static_cast<int>(step);
    CHECK(codes(node.talk(submissions(), {"EHLO c.org\r\n", "AUTH PLAIN " + plain_jane + "\r\n",
                                          dialogue})) == want[step]);
  }
  Node node;
  node.queue.down = true;
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n", ".\r\nNOOP\r\n"})) ==
        "220 250 250 250 354 451 250");
  node.queue.down = false;
  node.queue.stores_but_fails = true;
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n", ".\r\nNOOP\r\n"})) ==
        "220 250 250 250 354 451 250");
  node.queue.stores_but_fails = false;
  node.queue.refuses = "not\r\n250 welcome";
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n", ".\r\nNOOP\r\n"})) ==
        "220 250 250 250 354 554 250");
}

TEST_CASE("smtpd: a letter is answered 250 only when it is stored, wherever the peer breaks off",
          "[smtpd]") {
  std::string script = to + "DATA\r\n";
  std::string body = "Subject: x\r\n\r\nbody\r\n.\r\n";
  std::string chunked = to + "BDAT 6\r\nA: b\r\nBDAT 2 LAST\r\n\r\n";
  for (const std::string& whole : {script + body, chunked}) {
    for (size_t end = 0; end <= whole.size(); ++end) {
      for (bool orderly : {true, false}) {
        INFO(whole << " ends at " << end);
        Node node;
        std::vector<Piece> pieces = {"EHLO c.org\r\n"};
        if (end > 0) pieces.emplace_back(whole.substr(0, end));
        if (!orderly) pieces.push_back(lost);
        node.talk(mx(), pieces);
        REQUIRE(node.queue.stored.size() == (end == whole.size() ? 1 : 0));
        REQUIRE(node.wire.closed);
      }
    }
  }
  for (size_t limit = 0; limit < 600; ++limit) {
    Node node;
    node.wire.write_limit = limit;
    node.talk(mx(), {"EHLO c.org\r\n", script, body});
    bool confirmed = node.wire.out.find("Stored as") != std::string::npos;
    REQUIRE((!confirmed || node.queue.stored.size() == 1));
  }
}

TEST_CASE("smtpd: no line ends smuggle a letter", "[smtpd][smuggling]") {
  const std::array<char, 3> alphabet = {'\r', '\n', '.'};
  for (int i = 0; i < 6561; ++i) {
    std::string ends;
    for (int n = i, k = 0; k < 8; ++k, n /= 3) {
      if (k == 4) ends += '.';
      ends += alphabet[n % 3];
    }
    // A real end within makes the rest commands: not smuggling, but the peer's plain word.
    if (("x" + ends).find("\r\n.\r\n") != std::string::npos) continue;
    std::string evil = "MAIL FROM:<evil@far.org>\r\nRCPT TO:<x@local.org>\r\nDATA\r\nevil\r\n.\r\n";
    Node node;
    std::string out = node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n", "x" + ends + evil});
    INFO(ends);
    REQUIRE(node.queue.stored.size() <= 1);
    for (const auto& stored : node.queue.stored) {
      REQUIRE(stored.envelope.reverse_path.local == "a");
      for (size_t at = 0; at < stored.letter.size(); ++at) {
        if (stored.letter[at] == '\r') REQUIRE(stored.letter[at + 1] == '\n');
        if (stored.letter[at] == '\n') REQUIRE(stored.letter[at - 1] == '\r');
      }
    }
  }
}

TEST_CASE("smtpd: the letter after a refused one sees the full policy", "[smtpd]") {
  const std::vector<std::string> refused = {
      "MAIL FROM:<a@far.org>\r\nRSET\r\n",
      "MAIL FROM:<a@far.org>\r\nRCPT TO:<nobody@local.org>\r\nRSET\r\n",
      to + "RSET\r\n",
      to + "DATA\r\na\nb\r\n.\r\n",
      to + "BDAT 99999999999 LAST\r\n",
      to + "EHLO d.org\r\n",
  };
  for (const std::string& first : refused) {
    INFO(first);
    Node node;
    node.talk(mx(), {"EHLO c.org\r\n", first,
                     "MAIL FROM:<b@far.org> ENVID=2\r\nRCPT TO:<a@elsewhere.org>\r\n"
                     "RCPT TO:<nobody@local.org>\r\nRCPT TO:<y@local.org>\r\nBDAT 2 LAST\r\n\r\n"});
    if (first.find("999") != std::string::npos) {
      CHECK(node.queue.stored.empty());
      continue;
    }
    REQUIRE(node.queue.stored.size() == 1);
    const auto& envelope = node.queue.stored[0].envelope;
    CHECK(envelope.envid == "2");
    CHECK(envelope.recipients.size() == 1);
    CHECK(envelope.reverse_path.local == "b");
  }
}

TEST_CASE("smtpd: all sequences of commands against a model", "[smtpd]") {
  enum State { fresh, ready, mail, rcpt, chunks };
  struct Command {
    std::string line;
    // The code in each state, and the state after a positive one (-1: the same).
    std::array<std::string, 5> codes;
    std::array<int, 5> next;
  };
  const std::vector<Command> commands = {
      {"EHLO c.org\r\n", {"250", "250", "250", "250", "250"}, {1, 1, 1, 1, 1}},
      {"MAIL FROM:<a@far.org>\r\n", {"503", "250", "503", "503", "503"}, {0, 2, 2, 3, 4}},
      {"RCPT TO:<x@local.org>\r\n", {"503", "503", "250", "250", "503"}, {0, 1, 3, 3, 4}},
      {"RCPT TO:<nobody@local.org>\r\n", {"503", "503", "550", "550", "503"}, {0, 1, 2, 3, 4}},
      {"BDAT 3\r\na\r\n", {"503", "503", "503", "250", "250"}, {0, 1, 1, 4, 4}},
      {"BDAT 3 LAST\r\na\r\n", {"503", "503", "503", "250", "250"}, {0, 1, 1, 1, 1}},
      {"BDAT 3\r\na\nb", {"503", "503", "503", "250", "250"}, {0, 1, 1, 4, 4}},
      {"DATA\r\n", {"503", "503", "503", "354 250", "503"}, {0, 1, 2, 1, 4}},
      {"RSET\r\n", {"250", "250", "250", "250", "250"}, {0, 1, 1, 1, 1}},
      {"NOOP\r\n", {"250", "250", "250", "250", "250"}, {0, 1, 2, 3, 4}},
      {"FOO\r\n", {"500", "500", "500", "500", "500"}, {0, 1, 2, 3, 4}},
  };
  const size_t n = commands.size();
  for (State start : {fresh, rcpt}) {
    for (size_t i = 0; i < n * n * n * n; ++i) {
      Node node;
      int state = start;
      std::string want = start == fresh ? "220" : "220 250 250 250";
      std::vector<Piece> pieces;
      if (start == rcpt) pieces = {"EHLO c.org\r\n", to};
      std::string shown;
      for (size_t rest = i, k = 0; k < 4; ++k, rest /= n) {
        const Command& command = commands[rest % n];
        pieces.emplace_back(command.line);
        shown += command.line;
        want += " " + command.codes[state];
        if (command.codes[state].starts_with("354")) pieces.emplace_back(".\r\n");
        state = command.next[state];
      }
      std::string got = codes(node.talk(mx(), std::move(pieces)));
      if (got != want) {
        INFO(shown);
        REQUIRE(got == want);
      }
    }
  }
}

TEST_CASE("smtpd: at shutdown a session ends with 421", "[smtpd]") {
  Node node;
  auto shared = std::make_shared<const Policy>(node.policy);
  Context context{[shared] { return shared; },
                  node.router,
                  node.queue,
                  nullptr,
                  node.tls,
                  node.metrics,
                  "/tmp"};
  node.wire.in = {"EHLO c.org\r\n", "NOOP\r\n"};
  auto play = [&]() -> tegu::io::Task<void> {
    tegu::io::Scope background(node.loop);
    Session session(context, mx(), {},
                    std::make_unique<ScriptedStream>(node.wire, tegu::io::TlsFacts()), background);
    session.drain();
    co_await session.run();
    co_await session.say_goodbye();
    co_await background.close();
  };
  node.loop.run_until_done(play());
  CHECK(codes(node.wire.out) == "220 421");
}
