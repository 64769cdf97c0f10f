#include "session.h"

#include <catch2/catch.hpp>

#include "script.h"

using namespace tegu::smtpd;
using namespace tegu::smtpd::test;
using tegu::wire::smtp::Address;

namespace {

const std::string letter = "Subject: hello\r\n\r\nGood day\r\n";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("smtpd: a letter comes in over MX", "[smtpd]") {
  Node node;
  std::string out = node.talk(
      mx(),
      {"EHLO client.org\r\n", "MAIL FROM:<a@far.org> SIZE=30 RET=HDRS ENVID=x+2By\r\n",
       "RCPT TO:<Jane@local.org> NOTIFY=DELAY\r\n", "DATA\r\n", letter + ".\r\n", "QUIT\r\n"});
  CHECK(codes(out) == "220 250 250 250 354 250 221");
  CHECK(contains(out, "220 mx.local.org ESMTP"));
  CHECK(node.wire.closed);
  REQUIRE(node.queue.stored.size() == 1);
  const auto& got = node.queue.stored[0];
  CHECK(contains(out, "250 2.0.0 Stored as " + got.envelope.id));
  CHECK(got.envelope.reverse_path == Address{"a", "far.org"});
  CHECK(got.envelope.ret == tegu::wire::smtp::Ret::headers);
  CHECK(got.envelope.envid == "x+y");
  CHECK(got.envelope.login.empty());
  REQUIRE(got.envelope.recipients.size() == 1);
  CHECK(got.envelope.recipients[0].address == Address{"Jane", "local.org"});
  CHECK(got.envelope.recipients[0].notify.delay);
  CHECK(got.envelope.recipients[0].deliveries.size() == 1);
  CHECK(
      got.letter.starts_with("Received: from client.org (client.example [192.0.2.1])\r\n\tby "
                             "mx.local.org (Tegu) with ESMTP id " +
                             got.envelope.id + "\r\n\tfor <Jane@local.org>;\r\n\t"));
  CHECK(got.letter.ends_with("\r\n" + letter));
}

TEST_CASE("smtpd: the dialogue is the same however its bytes come", "[smtpd]") {
  std::string script =
      "EHLO c.org\r\nMAIL FROM:<a@far.org>\r\nRCPT TO:<two@local.org>\r\nRCPT TO:<b@far.org>\r\n"
      "DATA\r\n" +
      letter +
      "..\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<x@local.org>\r\nBDAT 4\r\na\r\nbBDAT 2 LAST\r\n\r\n"
      "NOOP\r\nQUIT\r\n";
  size_t hello = script.find('\n') + 1;
  for (size_t cut = hello + 1; cut <= script.size(); ++cut) {
    INFO("cut at " << cut);
    Node node;
    std::string out = node.talk(
        mx(), {script.substr(0, hello), script.substr(hello, cut - hello), script.substr(cut)});
    REQUIRE(codes(out) == "220 250 250 250 550 354 250 250 250 250 250 250 221");
    REQUIRE(node.queue.stored.size() == 2);
    REQUIRE(node.queue.stored[0].letter.ends_with(letter + ".\r\n"));
    REQUIRE(node.queue.stored[0].envelope.recipients[0].deliveries.size() == 2);
    REQUIRE(node.queue.stored[1].letter.ends_with("a\r\nb\r\n"));
    REQUIRE(node.queue.stored[1].envelope.reverse_path.is_null());
  }
  Node node;
  std::vector<Piece> bytes = {script.substr(0, hello)};
  for (size_t i = hello; i < script.size(); ++i) bytes.emplace_back(script.substr(i, 1));
  CHECK(codes(node.talk(mx(), bytes)) == "220 250 250 250 550 354 250 250 250 250 250 250 221");
}

TEST_CASE("smtpd: dialogues on MX and their replies", "[smtpd]") {
  struct Row {
    std::string in;
    std::string want;
  };
  const std::vector<Row> rows = {
      {"HELO c.org\r\nMAIL FROM:<>\r\n", "503"},  // pipelined behind hello
      {"EHLO\r\n", "501"},
      {"EHLO a b\r\n", "501"},
      {"LHLO c.org\r\n", "500"},
      {"AUTH PLAIN\r\n", "500"},
      {"FOO\r\n", "500"},
      {"\r\n", "500"},
      {"MAIL FROM:<a@far.org>\r\n", "503"},
      {"RCPT TO:<a@local.org>\r\n", "503"},
      {"DATA\r\n", "503"},
      {"VRFY x\r\n", "503"},
      {"NOOP\r\nRSET\r\nHELP\r\n", "250 250 214"},
      {"GET / HTTP/1.1\r\nNOOP\r\n", "421"},
      {"NOOP\n", "500"},
      {"NOOP\rNOOP\r\n", "500"},
      {"BDAT x\r\nNOOP\r\n", "503"},
      {"BDAT 5\r\nNOOP\rNOOP\r\n", "503 250"},
      {std::string(3000, 'x') + "\r\nNOOP\r\n", "500 250"},
      {std::string(100000, 'x'), "500"},
      {"STARTTLS x\r\n", "503"},
  };
  for (const Row& row : rows) {
    INFO(row.in.substr(0, 100));
    Node node;
    CHECK(codes(node.talk(mx(), {row.in})) == "220 " + row.want);
    CHECK(node.queue.stored.empty());
  }
}

TEST_CASE("smtpd: dialogues after EHLO and their replies", "[smtpd]") {
  struct Row {
    std::string in;
    std::string want;
  };
  const std::string to = "MAIL FROM:<a@far.org>\r\nRCPT TO:<x@local.org>\r\n";
  const std::vector<Row> rows = {
      {"VRFY x\r\nEXPN x\r\nVRFY\r\n", "252 502 501"},
      {"MAIL FROM:<a@far.org>\r\nMAIL FROM:<a@far.org>\r\n", "250 503"},
      {"MAIL FROM:<a@far.org> SIZE=99999999999\r\n", "552"},
      {"MAIL FROM:<a@far.org> BODY=BINARYMIME\r\nRCPT TO:<x@local.org>\r\nDATA\r\n", "250 250 503"},
      {"MAIL FROM:<a@far.org> X=1\r\n", "555"},
      {"MAIL FROM:<\xd0\xb8@far.org>\r\n", "553"},
      {"MAIL FROM:<\xd0\xb8@far.org> SMTPUTF8\r\nRCPT TO:<\xd0\xb8@local.org>\r\n", "250 250"},
      {"MAIL FROM:<a@far.org>\r\nDATA\r\n", "250 503"},
      {"MAIL FROM:<a@far.org>\r\nRCPT TO:<nobody@local.org>\r\nDATA\r\n", "250 550 503"},
      {"MAIL FROM:<a@far.org>\r\nRCPT TO:<full@local.org>\r\n", "250 452"},
      {"MAIL FROM:<a@far.org>\r\nRCPT TO:<a@elsewhere.org>\r\n", "250 550"},
      {"MAIL FROM:<a@far.org>\r\nRCPT TO:<Postmaster>\r\n", "250 250"},
      {"MAIL FROM:<a@far.org>\r\nRCPT TO:<>\r\n", "250 553"},
      {to + "RSET\r\nDATA\r\n", "250 250 250 503"},
      {to + "DATA x\r\n", "250 250 501"},
      {to + "BDAT 3\r\nabcDATA\r\n", "250 250 250 503"},
      {to + "BDAT 3\r\nabcMAIL FROM:<>\r\n", "250 250 250 503"},
      {to + "BDAT 3\r\nabcRCPT TO:<y@local.org>\r\n", "250 250 250 503"},
      {to + "BDAT 3\r\nabcRSET\r\nBDAT 2 LAST\r\nxxNOOP\r\n", "250 250 250 250 503 250"},
      {to + "BDAT 0 LAST\r\n", "250 250 250"},
      {to + "BDAT 3 LAST\r\na\nbNOOP\r\n", "250 250 250 250"},
      {to + "BDAT 3\r\na\nbBDAT 2 LAST\r\n\r\nNOOP\r\n", "250 250 250 250 250"},
      {to + "BDAT 2 LAST\r\na\rNOOP\r\n", "250 250 250 250"},
      {to + "BDAT 2\r\na\rBDAT 1 LAST\r\n\nNOOP\r\n", "250 250 250 250 250"},
      {to + "BDAT 3 FIRST\r\nNOOP\r\n", "250 250 501"},
      {to + "BDAT 99999999\r\n", "250 250 552"},
      {to + "EHLO c.org\r\n", "250 250 250"},
      {to + "QUIT\r\n", "250 250 221"},
  };
  for (const Row& row : rows) {
    INFO(row.in);
    Node node;
    node.policy.message_size = 1'000'000;
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", row.in})) == "220 250 " + row.want);
  }
}

TEST_CASE("smtpd: EHLO tells what there is", "[smtpd]") {
  Node node;
  std::string plain = node.talk(submission(), {"EHLO c.org\r\n"});
  for (std::string_view word :
       {"PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME", "DSN",
        "ENHANCEDSTATUSCODES", "STARTTLS", "LIMITS MAILMAX=100 RCPTMAX=1000"}) {
    INFO(word);
    CHECK(contains(plain, std::string(word) + "\r\n"));
  }
  CHECK_FALSE(contains(plain, "AUTH"));
  std::string encrypted = node.talk(submissions(), {"EHLO c.org\r\n"});
  CHECK(contains(encrypted, "AUTH PLAIN LOGIN\r\n"));
  CHECK_FALSE(contains(encrypted, "STARTTLS"));
  node.has_tls = false;
  CHECK_FALSE(contains(node.talk(mx(), {"EHLO c.org\r\n"}), "STARTTLS"));
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", "STARTTLS\r\n"})) == "220 250 502");
  CHECK(codes(node.talk(mx(), {"HELO c.org\r\n"})) == "220 250");
  CHECK_FALSE(contains(node.wire.out, "SIZE"));
}

TEST_CASE("smtpd: who speaks before the greeting is sent away", "[smtpd]") {
  Node node;
  node.wire.speaks_early = true;
  std::string out = node.talk(mx(), {"EHLO c.org\r\nMAIL FROM:<a@far.org>\r\n"});
  CHECK(codes(out) == "554");
  CHECK(node.wire.closed);
}

TEST_CASE("smtpd: STARTTLS forgets everything and takes no plaintext along", "[smtpd]") {
  Node node;
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", "STARTTLS\r\n", "MAIL FROM:<a@far.org>\r\n",
                               "EHLO d.org\r\n", "STARTTLS\r\n", "MAIL FROM:<a@far.org>\r\n",
                               "RCPT TO:<x@local.org>\r\n", "DATA\r\n", letter + ".\r\n"})) ==
        "220 250 220 503 250 503 250 250 354 250");
  REQUIRE(node.queue.stored.size() == 1);
  CHECK(contains(node.queue.stored[0].letter,
                 "from d.org (client.example [192.0.2.1])\r\n\t(using TLSv1.3 with cipher "
                 "TLS_AES_256_GCM_SHA384 (256 bits))\r\n\tby mx.local.org (Tegu) with ESMTPS id "));

  for (std::string injected :
       {"N", "NOOP\r\n", "\r\n", "EHLO e.org\r\nMAIL FROM:<a@far.org>\r\n"}) {
    INFO(injected);
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", "STARTTLS\r\n" + injected, "EHLO d.org\r\n"})) ==
          "220 250 503");
    CHECK(node.wire.closed);
  }
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", "MAIL FROM:<a@far.org>\r\n", "STARTTLS\r\n"})) ==
        "220 250 250 503");
  node.tls.fails = true;
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", "STARTTLS\r\n", "EHLO d.org\r\n"})) ==
        "220 250 220");
}

TEST_CASE("smtpd: submission needs TLS, a login and an own sender", "[smtpd]") {
  Node node;
  CHECK(codes(node.talk(submission(), {"EHLO c.org\r\n", "AUTH PLAIN " + plain_jane + "\r\n"})) ==
        "220 250 530");
  CHECK(node.router.logins.empty());
  CHECK(codes(node.talk(submission(), {"EHLO c.org\r\n", "MAIL FROM:<jane@local.org>\r\n"})) ==
        "220 250 530");
  std::string out = node.talk(
      submission(), {"EHLO c.org\r\n", "STARTTLS\r\n", "EHLO c.org\r\n",
                     "AUTH PLAIN " + plain_jane + "\r\n", "MAIL FROM:<boss@local.org>\r\n",
                     "MAIL FROM:<jane@local.org>\r\n", "RCPT TO:<a@elsewhere.org>\r\n", "DATA\r\n",
                     letter + ".\r\n", "AUTH PLAIN " + plain_jane + "\r\n"});
  CHECK(codes(out) == "220 250 220 250 235 553 250 250 354 250 503");
  REQUIRE(node.queue.stored.size() == 1);
  const auto& got = node.queue.stored[0];
  CHECK(got.envelope.login == "jane@local.org");
  CHECK(contains(got.letter, "with ESMTPSA id "));
  CHECK(contains(got.letter, "\r\nDate: "));
  CHECK(contains(got.letter, "\r\nMessage-ID: <"));
  CHECK(got.letter.ends_with("\r\n\r\nGood day\r\n"));
  REQUIRE(node.router.logins.size() == 1);
  CHECK(node.router.logins[0].peer == "192.0.2.1");

  node.policy.check_sender = false;
  CHECK(codes(node.talk(submissions(), {"EHLO c.org\r\n", "AUTH PLAIN " + plain_jane + "\r\n",
                                        "MAIL FROM:<boss@local.org>\r\n"})) == "220 250 235 250");
}

TEST_CASE("smtpd: Date and Message-ID of a client stay", "[smtpd]") {
  struct Row {
    std::string letter;
    bool adds_date, adds_id;
  };
  const std::vector<Row> rows = {
      {"Date: x\r\nMessage-Id: <y>\r\n\r\nbody\r\n", false, false},
      {"date : x\r\n\r\nMessage-ID: <y>\r\n", false, true},
      {"Subject: a\r\n Date: x\r\n\r\n", true, true},
      {"Subject: a\r\n", true, true},
      {"\r\nbody\r\n", true, true},
      {"no header\r\n\r\nbody\r\n", false, false},
  };
  for (const Row& row : rows) {
    INFO(row.letter);
    Node node;
    node.talk(submissions(), {"EHLO c.org\r\n", "AUTH PLAIN " + plain_jane + "\r\n",
                              "MAIL FROM:<jane@local.org>\r\nRCPT TO:<x@local.org>\r\nDATA\r\n",
                              row.letter + ".\r\n"});
    REQUIRE(node.queue.stored.size() == 1);
    const std::string& got = node.queue.stored[0].letter;
    // Only the server's own Date ends with a zone of digits.
    size_t date = got.find("\r\nDate: ");
    bool added = date != std::string::npos &&
                 got.substr(date + 2, got.find('\r', date + 2) - date - 2).ends_with(" +0000");
    CHECK(added == row.adds_date);
    CHECK(contains(got, "Message-ID: <1") == row.adds_id);
  }
}

TEST_CASE("smtpd: logins, right and wrong", "[smtpd]") {
  struct Row {
    std::vector<Piece> in;
    std::string want;
  };
  const std::vector<Row> rows = {
      {{"AUTH PLAIN\r\n", plain_jane + "\r\n"}, "334 235"},
      {{"AUTH LOGIN\r\n", "amFuZQ==\r\n", "c2VjcmV0\r\n"}, "334 334 235"},
      {{"AUTH LOGIN amFuZQ==\r\n", "c2VjcmV0\r\n"}, "334 235"},
      {{"AUTH plain\r\n", "*\r\nNOOP\r\n"}, "334 501 250"},
      {{"AUTH PLAIN\r\n", "!\r\nNOOP\r\n"}, "334 501 250"},
      {{"AUTH PLAIN !\r\nNOOP\r\n"}, "501 250"},
      {{"AUTH\r\n"}, "501"},
      {{"AUTH CRAM-MD5\r\n"}, "504"},
      {{"AUTH LOGIN\r\n", "amFuZQ==\r\n", "\r\nNOOP\r\n"}, "334 334 535 250"},
      {{"AUTH LOGIN\r\n", "\r\n", "c2VjcmV0\r\nNOOP\r\n"}, "334 334 535 250"},
      {{"AUTH LOGIN =\r\n", "c2VjcmV0\r\nNOOP\r\n"}, "334 535 250"},
      {{"AUTH PLAIN AGphbmUAd3Jvbmc=\r\nNOOP\r\n"}, "535 250"},
      {{"AUTH PLAIN AAA=\r\n"}, "535"},
      {{"AUTH PLAIN Ym9zcwBqYW5lAHNlY3JldA==\r\n"}, "535"},  // acting for boss
      {{"AUTH PLAIN AAA=\r\nAUTH PLAIN AAA=\r\nAUTH PLAIN AAA=\r\nNOOP\r\n"}, "535 535 421"},
      {{"AUTH PLAIN\r\n", "AGphbm"}, "334"},
      {{"MAIL FROM:<>\r\n"}, "530"},
      {{"AUTH PLAIN " + plain_jane + "\r\nMAIL FROM:<>\r\nAUTH PLAIN x\r\n"}, "235 250 503"},
  };
  for (const Row& row : rows) {
    INFO(row.in[0].bytes);
    Node node;
    std::vector<Piece> all = {"EHLO c.org\r\n"};
    all.insert(all.end(), row.in.begin(), row.in.end());
    CHECK(codes(node.talk(submissions(), all)) == "220 250 " + row.want);
  }
  Node node;
  node.router.down = true;
  CHECK(codes(node.talk(submissions(), {"EHLO c.org\r\n", "AUTH PLAIN " + plain_jane + "\r\n"})) ==
        "220 250 454");
}

TEST_CASE("smtpd: relaying only for users and for trusted networks", "[smtpd]") {
  const std::string dialogue = "MAIL FROM:<a@far.org>\r\nRCPT TO:<a@elsewhere.org>\r\n";
  struct Row {
    std::string network, peer;
    bool relays;
  };
  const std::vector<Row> rows = {
      {"192.0.2.0/24", "192.0.2.1", true},        {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.2", "192.0.2.1", false},          {"198.51.100.0/24", "192.0.2.1", false},
      {"2001:db8::/32", "2001:db8::1", true},     {"2001:db8::/32", "192.0.2.1", false},
      {"192.0.2.0/24", "::ffff:192.0.2.1", true},
  };
  for (const Row& row : rows) {
    INFO(row.network << " " << row.peer);
    Node node;
    node.peer = row.peer;
    node.policy.relay_networks = {*Network::parse(row.network)};
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", dialogue})) ==
          (row.relays ? "220 250 250 250" : "220 250 250 550"));
  }
  Node node;
  CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", dialogue})) == "220 250 250 550");
}

TEST_CASE("smtpd: LMTP answers for each recipient", "[smtpd]") {
  Node node;
  std::string out = node.talk(
      lmtp(), {"EHLO c.org\r\n", "LHLO c.org\r\n",
               "MAIL FROM:<a@far.org>\r\nRCPT TO:<x@local.org>\r\nRCPT TO:<nobody@local.org>\r\n"
               "RCPT TO:<y@local.org>\r\nRCPT TO:<x@local.org>\r\nDATA\r\n",
               letter + ".\r\n", "QUIT\r\n"});
  CHECK(codes(out) == "220 500 250 250 250 550 250 250 354 250 250 250 221");
  CHECK(contains(out, "220 mx.local.org LMTP"));
  REQUIRE(node.queue.stored.size() == 1);
  CHECK(node.queue.stored[0].envelope.recipients.size() == 2);
  CHECK(contains(node.queue.stored[0].letter, "Received: from c.org (local)\r\n"));
  CHECK(contains(node.queue.stored[0].letter, "with LMTP id "));
  node.queue.down = true;
  CHECK(codes(node.talk(lmtp(),
                        {"LHLO c.org\r\n",
                         "MAIL FROM:<>\r\nRCPT TO:<x@local.org>\r\nRCPT TO:<y@local.org>\r\n"
                         "BDAT 2 LAST\r\n\r\nNOOP\r\n"})) == "220 250 250 250 250 451 451 250");
}

TEST_CASE("smtpd: LMTP answers a refused chunk once", "[smtpd]") {
  Node node;
  node.policy.received_hops = 1;
  CHECK(codes(node.talk(lmtp(), {"LHLO c.org\r\n",
                                 "MAIL FROM:<>\r\nRCPT TO:<x@local.org>\r\nRCPT TO:<y@local.org>"
                                 "\r\nBDAT 13\r\nReceived: x\r\nBDAT 2 LAST\r\n\r\nNOOP\r\n"})) ==
        "220 250 250 250 250 554 503 250");
}

TEST_CASE("smtpd: limits", "[smtpd]") {
  const std::string to = "MAIL FROM:<a@far.org>\r\nRCPT TO:<x@local.org>\r\n";
  SECTION("recipients") {
    Node node;
    node.policy.recipients = 1;
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "RCPT TO:<y@local.org>\r\n"})) ==
          "220 250 250 250 452");
  }
  SECTION("letters") {
    Node node;
    node.policy.messages = 1;
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "BDAT 0 LAST\r\n" + to})) ==
          "220 250 250 250 250 421");
  }
  SECTION("size after DATA") {
    Node node;
    node.policy.message_size = 100;
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n",
                                 std::string(101, 'x') + "\r\n.\r\nNOOP\r\n"})) ==
          "220 250 250 250 354 552 250");
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n", std::string(150, 'x'),
                                 std::string(150, 'x'), "\r\n.\r\nNOOP\r\n"})) ==
          "220 250 250 250 354 552");
    CHECK(codes(node.talk(
              mx(), {"EHLO c.org\r\n", to + "BDAT 60\r\n" + std::string(60, 'x') + "BDAT 60\r\n" +
                                           std::string(60, 'x') + "NOOP\r\n"})) ==
          "220 250 250 250 250 552 250");
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n",
                                 std::string(98, 'x') + "\r\n.\r\nNOOP\r\n"})) ==
          "220 250 250 250 354 250 250");
    CHECK(node.queue.stored.size() == 1);
  }
  SECTION("errors") {
    Node node;
    std::string wrong;
    for (int i = 0; i < 12; ++i) wrong += "FOO\r\n";
    CHECK(codes(node.talk(mx(), {wrong})) == "220 500 500 500 500 500 500 500 500 500 421");
    std::string probing = "MAIL FROM:<a@far.org>\r\n";
    for (int i = 0; i < 12; ++i) probing += "RCPT TO:<nobody@local.org>\r\n";
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", probing})) ==
          "220 250 250 550 550 550 550 550 550 550 550 550 421");
  }
  SECTION("junk") {
    Node node;
    node.policy.junk_commands = 2;
    node.policy.hard_errors = 2;
    CHECK(codes(node.talk(mx(), {"NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n"})) ==
          "220 250 250 250 421");
  }
  SECTION("chunks") {
    Node node;
    std::string chunks;
    for (int i = 0; i < 1001; ++i) chunks += "BDAT 1\r\nx";
    std::string out = node.talk(mx(), {"EHLO c.org\r\n", to + chunks + "NOOP\r\n"});
    CHECK(codes(out).ends_with("250 552 250"));
    // Exim sends 8 KiB a chunk.
    std::string large;
    for (int i = 0; i < 3000; ++i) large += "BDAT 1600\r\n" + std::string(1600, 'x');
    out = node.talk(mx(), {"EHLO c.org\r\n", to + large + "BDAT 0 LAST\r\nNOOP\r\n"});
    CHECK(codes(out).ends_with("250 250 250"));
    CHECK(node.queue.stored.size() == 1);
  }
  SECTION("hops") {
    for (int hops : {49, 50}) {
      Node node;
      std::string header;
      for (int i = 0; i < hops; ++i) header += "Received: from x\r\n\tby y; Sat\r\n";
      CHECK(codes(node.talk(
                mx(), {"EHLO c.org\r\n", to + "DATA\r\n", header + letter + ".\r\nNOOP\r\n"})) ==
            "220 250 250 250 354 " + std::string(hops == 49 ? "250" : "554") + " 250");
    }
  }
  SECTION("time") {
    Node node;
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", timeout})) == "220 250 421");
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n", "Subject", timeout})) ==
          "220 250 250 250 354 421");
    node.policy.data_timeout = std::chrono::seconds(0);
    CHECK(codes(node.talk(mx(), {"EHLO c.org\r\n", to + "DATA\r\n", "a\r\n", ".\r\n"})) ==
          "220 250 250 250 354 421");
    CHECK(node.queue.stored.empty());
  }
}

TEST_CASE("smtpd: large letters go to a file, and arrive whole", "[smtpd]") {
  Node node;
  node.policy.spool_memory = 1000;
  std::string body;
  for (int i = 0; i < 5000; ++i) body += std::to_string(i) + "\r\n";
  CHECK(codes(node.talk(
            mx(), {"EHLO c.org\r\n", "MAIL FROM:<a@far.org>\r\nRCPT TO:<x@local.org>\r\nDATA\r\n",
                   "A: b\r\n\r\n" + body + ".\r\n"})) == "220 250 250 250 354 250");
  REQUIRE(node.queue.stored.size() == 1);
  const std::string& got = node.queue.stored[0].letter;
  CHECK(got.starts_with("Received: "));
  CHECK(got.ends_with(" +0000\r\nA: b\r\n\r\n" + body));
}
