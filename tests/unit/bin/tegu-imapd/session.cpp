// Dialogues with the whole session: states, login, errors, timeouts, loss of the store.
#include "session.h"

#include <catch2/catch.hpp>

#include "fake.h"

using namespace tegu;
using namespace tegu::imapd;
using namespace tegu::imapd::fake;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {
constexpr AccountId alice{1};
}

TEST_CASE("imapd session: greeting and login under TLS", "[imapd]") {
  Server server;
  Client client(server);
  CHECK_THAT(client.hear(), StartsWith("* OK [CAPABILITY IMAP4rev1 IMAP4rev2 "));
  CHECK_THAT(client.command("CAPABILITY"), Contains("AUTH=PLAIN") && !Contains("STARTTLS"));
  CHECK(client.command("LOGIN alice wrong") ==
        "a NO [AUTHENTICATIONFAILED] Login or password is wrong\r\n");
  CHECK_THAT(client.command("LOGIN alice secret"), StartsWith("a OK [CAPABILITY "));
  CHECK_THAT(client.command("LOGIN alice secret"), StartsWith("a BAD "));
  CHECK_THAT(client.command("LOGOUT"), Contains("* BYE ") && Contains("a OK "));
  CHECK(client.ended());
}

TEST_CASE("imapd session: no password without TLS", "[imapd]") {
  Server server;
  Client client(server, false);
  CHECK_THAT(client.hear(), Contains("LOGINDISABLED") && Contains("STARTTLS"));
  CHECK_THAT(client.command("LOGIN alice secret"), StartsWith("a NO [PRIVACYREQUIRED]"));
  CHECK_THAT(client.command("AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA=="),
             StartsWith("a NO [PRIVACYREQUIRED]"));
  // What follows STARTTLS in plaintext is forgotten.
  CHECK(client.send("s STARTTLS\r\nx LOGIN alice secret\r\n") == "s OK Begin TLS now\r\n");
  CHECK_THAT(client.command("STARTTLS"), StartsWith("a BAD "));
  CHECK_THAT(client.command("LOGIN alice secret"), StartsWith("a OK "));
}

TEST_CASE("imapd session: plaintext login by setting", "[imapd]") {
  Server server;
  server.world.changes["imap.allow_plaintext_auth"] = "true";
  Client client(server, false);
  CHECK_THAT(client.login(), StartsWith("a OK "));
}

TEST_CASE("imapd session: AUTHENTICATE", "[imapd]") {
  Server server;
  Client client(server);
  client.hear();
  CHECK(client.command("AUTHENTICATE PLAIN") == "+ \r\n");
  CHECK_THAT(client.send("*\r\n"), StartsWith("a BAD "));
  CHECK(client.command("AUTHENTICATE PLAIN") == "+ \r\n");
  CHECK_THAT(client.send("AGFsaWNlAHNlY3JldA==\r\n"), StartsWith("a OK "));
  Client other(server);
  other.hear();
  // Acting for someone else.
  CHECK_THAT(other.command("AUTHENTICATE PLAIN Ym9iAGFsaWNlAHNlY3JldA=="),
             StartsWith("a NO [AUTHORIZATIONFAILED]"));
  CHECK_THAT(other.command("AUTHENTICATE NONSENSE"), StartsWith("a NO [CANNOT]"));
  CHECK_THAT(other.command("AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA=="), StartsWith("a OK "));
}

TEST_CASE("imapd session: guessers and other protocols are thrown out", "[imapd]") {
  Server server;
  Client guesser(server);
  guesser.hear();
  guesser.command("LOGIN alice a");
  guesser.command("LOGIN alice b");
  CHECK_THAT(guesser.command("LOGIN alice c"), Contains("* BYE "));
  CHECK(guesser.ended());
  Client browser(server);
  browser.hear();
  CHECK_THAT(browser.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("* BYE "));
  CHECK(browser.ended());
  Client junk(server);
  junk.hear();
  CHECK_THAT(junk.send("x\r\nx\r\nx\r\nx\r\n"), Contains("* BYE "));
  CHECK(junk.ended());
}

TEST_CASE("imapd session: states are checked", "[imapd]") {
  Server server;
  Client client(server);
  client.hear();
  CHECK(client.command("SELECT INBOX") == "a BAD Log in first\r\n");
  CHECK_THAT(client.send("a APPEND INBOX {3}\r\n"), StartsWith("a BAD Log in first\r\n"));
  client.command("LOGIN alice secret");
  CHECK(client.command("FETCH 1 FLAGS") == "a BAD Select a mailbox first\r\n");
  CHECK_THAT(client.command("NONSENSE"), StartsWith("a BAD "));
  CHECK_THAT(client.command("NOOP"), StartsWith("a OK "));
}

TEST_CASE("imapd session: pipelined commands are answered in order", "[imapd]") {
  Server server;
  Client client(server);
  client.login();
  CHECK(client.send("1 NOOP\r\n2 SELECT Nowhere\r\n3 NOOP\r\n") ==
        "1 OK Nothing done\r\n2 NO [NONEXISTENT] There is no such mailbox\r\n"
        "3 OK Nothing done\r\n");
}

TEST_CASE("imapd session: the store's absence is temporary", "[imapd]") {
  Server server;
  server.store.deliver(alice, "INBOX", "Subject: x\r\n\r\nbody\r\n");
  Client client(server);
  client.login();
  client.command("SELECT INBOX");
  server.store.broken = true;
  for (std::string command :
       {"NOOP", "FETCH 1 ENVELOPE", "STORE 1 +FLAGS (\\Seen)", "SELECT INBOX", "LIST \"\" *",
        "STATUS INBOX (MESSAGES)", "CREATE x", "GETQUOTAROOT INBOX"}) {
    INFO(command);
    CHECK_THAT(client.command(command), EndsWith("a NO [UNAVAILABLE] Try again later\r\n"));
  }
  CHECK_THAT(client.send("a APPEND INBOX {3}\r\n"), StartsWith("a NO [UNAVAILABLE]"));
  CHECK_THAT(client.send("b APPEND INBOX {3+}\r\nabc\r\n"), StartsWith("b NO [UNAVAILABLE]"));
  server.store.broken = false;
  CHECK_THAT(client.command("SELECT INBOX"), Contains("* 1 EXISTS"));
}

TEST_CASE("imapd session: the router's absence is temporary", "[imapd]") {
  Server server;
  server.world.router_broken = true;
  Client client(server);
  CHECK_THAT(client.login(), StartsWith("a NO [UNAVAILABLE]"));
  server.world.router_broken = false;
  CHECK_THAT(client.command("LOGIN alice secret"), StartsWith("a OK "));
}

TEST_CASE("imapd session: timeouts say BYE", "[imapd]") {
  Server server;
  server.world.changes["imap.login_timeout"] = "0s";
  Client client(server);
  CHECK_THAT(client.hear(), Contains("* BYE Too long without a login\r\n"));
  CHECK(client.ended());
}

TEST_CASE("imapd session: interrupted sessions say BYE", "[imapd]") {
  Server server;
  Client quiet(server), idle(server);
  quiet.login();
  idle.login();
  idle.command("SELECT INBOX");
  CHECK(idle.command("IDLE") == "+ Idling\r\n");
  quiet.session().interrupt();
  idle.session().interrupt();
  CHECK(quiet.hear() == "* BYE [UNAVAILABLE] The server restarts\r\n");
  CHECK(idle.hear() == "* BYE [UNAVAILABLE] The server restarts\r\n");
  CHECK(quiet.ended());
  CHECK(idle.ended());
}

TEST_CASE("imapd session: a client that breaks off anywhere leaves nothing behind", "[imapd]") {
  std::string dialogue =
      "a LOGIN alice secret\r\nb SELECT INBOX\r\nc FETCH 1 BODY[]\r\nd IDLE\r\nDONE\r\n"
      "e APPEND INBOX {3+}\r\nabc\r\nf STORE 1 FLAGS (x)\r\ng LOGOUT\r\n";
  for (size_t cut = 0; cut < dialogue.size(); ++cut) {
    Server server;
    server.store.deliver(alice, "INBOX", "Subject: x\r\n\r\nbody\r\n");
    {
      Client client(server);
      client.send(dialogue.substr(0, cut));
      client.stream().set({.end_after_writing = 0});
    }
    Client next(server);
    CHECK_THAT(next.login(), StartsWith("a OK"));
  }
}

TEST_CASE("imapd session: accounts do not see each other", "[imapd]") {
  Server server;
  Client one(server), two(server);
  one.login("alice");
  two.login("bob");
  CHECK_THAT(one.command("CREATE Private"), StartsWith("a OK "));
  CHECK_THAT(two.command("LIST \"\" *"), !Contains("Private"));
  CHECK_THAT(two.command("SELECT Private"), StartsWith("a NO [NONEXISTENT]"));
  server.store.deliver(alice, "INBOX", "x\r\n");
  CHECK_THAT(two.command("SELECT INBOX"), Contains("* 0 EXISTS"));
}

TEST_CASE("imapd session: an account has so many connections", "[imapd]") {
  Server server;
  server.world.changes["imap.connections_per_user"] = "2";
  Client one(server), two(server), three(server), other(server);
  CHECK_THAT(one.login(), StartsWith("a OK "));
  CHECK_THAT(two.login(), StartsWith("a OK "));
  CHECK_THAT(three.login(), StartsWith("a NO [LIMIT]"));
  CHECK_THAT(other.login("bob"), StartsWith("a OK "));
  two.command("LOGOUT");
  CHECK_THAT(three.command("LOGIN alice secret"), StartsWith("a OK "));
}
