// LIST, CREATE, RENAME, STATUS, SELECT and their kin.
#include <catch2/catch.hpp>
#include <functional>

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

TEST_CASE("imapd list: patterns, attributes and options", "[imapd]") {
  Server server;
  Client client(server);
  client.login();
  client.command("CREATE Work/2026");
  client.command("UNSUBSCRIBE Work");
  CHECK(client.command("LIST \"\" \"\"") == "* LIST (\\Noselect) \"/\" \"\"\r\na OK Done\r\n");
  CHECK(client.command("LIST \"\" %") ==
        "* LIST (\\HasNoChildren \\Drafts) \"/\" Drafts\r\n"
        "* LIST (\\HasNoChildren) \"/\" INBOX\r\n"
        "* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n"
        "* LIST (\\HasChildren) \"/\" Work\r\na OK Done\r\n");
  CHECK(client.command("LIST Work/ *") ==
        "* LIST (\\HasNoChildren) \"/\" Work/2026\r\na OK Done\r\n");
  CHECK(client.command("LSUB \"\" W%") == "* LSUB (\\Noselect) \"/\" Work\r\na OK Done\r\n");
  CHECK(client.command("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" W%") ==
        "* LIST (\\HasChildren) \"/\" Work (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\na OK Done\r\n");
  CHECK(client.command("LIST (SPECIAL-USE) \"\" *") ==
        "* LIST (\\HasNoChildren \\Drafts) \"/\" Drafts\r\n"
        "* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\na OK Done\r\n");
  CHECK(client.command("LIST \"\" (INBOX Sent) RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT))") ==
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" INBOX\r\n"
        "* STATUS INBOX (MESSAGES 0 UIDNEXT 1)\r\n"
        "* LIST (\\HasNoChildren \\Subscribed \\Sent) \"/\" Sent\r\n"
        "* STATUS Sent (MESSAGES 0 UIDNEXT 1)\r\na OK Done\r\n");
}

TEST_CASE("imapd mailboxes: names are modified UTF-7 until IMAP4rev2 is enabled", "[imapd]") {
  Server server;
  Client client(server);
  client.login();
  CHECK_THAT(client.command("CREATE Entw&APw-rfe"), StartsWith("a OK [MAILBOXID (M"));
  CHECK_THAT(client.command("LIST \"\" Entw*"), Contains("\"/\" Entw&APw-rfe\r\n"));
  CHECK(client.command("ENABLE IMAP4rev2 X") == "* ENABLED IMAP4rev2\r\na OK Enabled\r\n");
  CHECK_THAT(client.command("LIST \"\" Entw*"), Contains("\"/\" \"Entw\u00fcrfe\"\r\n"));
  CHECK_THAT(client.command("SELECT \"Entw\u00fcrfe\""),
             Contains("* LIST () \"/\" \"Entw\u00fcrfe\"") && !Contains("RECENT"));
}

TEST_CASE("imapd mailboxes: create, rename, delete and their refusals", "[imapd]") {
  Server server;
  Client client(server);
  client.login();
  struct {
    std::string command, want;
  } steps[] = {
      {"CREATE a/b/c", "a OK [MAILBOXID (M"},
      {"CREATE a/b", "a NO [ALREADYEXISTS]"},
      {"CREATE inbox", "a NO [ALREADYEXISTS]"},
      {"CREATE \"a*\"", "a NO [CANNOT]"},
      {"CREATE \"\"", "a NO [CANNOT]"},
      {"CREATE x (USE (\\Flagged))", "a NO [USEATTR]"},
      {"CREATE trash (USE (\\Trash))", "a OK "},
      {"CREATE bin (USE (\\trash))", "a NO [USEATTR]"},
      {"DELETE bin", "a NO [NONEXISTENT]"},
      {"DELETE a", "a NO [HASCHILDREN]"},
      {"DELETE INBOX", "a NO [CANNOT]"},
      {"DELETE nope", "a NO [NONEXISTENT]"},
      {"RENAME a z", "a OK "},
      {"STATUS z/b/c (MESSAGES)", "* STATUS z/b/c (MESSAGES 0)"},
      {"STATUS a/b/c (MESSAGES)", "a NO [NONEXISTENT]"},
      {"RENAME z z/y", "a NO [CANNOT]"},
      {"RENAME nope y", "a NO [NONEXISTENT]"},
      {"RENAME z Sent", "a NO [ALREADYEXISTS]"},
      {"DELETE z/b/c", "a OK "},
      {"SUBSCRIBE nope", "a NO [NONEXISTENT]"},
      {"UNSUBSCRIBE nope", "a OK "},
      {"NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\na OK "},
      {"SETQUOTA \"\" (STORAGE 1)", "a NO [NOPERM]"},
  };
  for (const auto& step : steps) {
    INFO(step.command);
    CHECK_THAT(client.command(step.command), StartsWith(step.want));
  }
}

TEST_CASE("imapd select: what is told", "[imapd]") {
  Server server;
  server.store.deliver(alice, "INBOX", "Subject: 1\r\n\r\n", model::mailbox::seen);
  server.store.deliver(alice, "INBOX", "Subject: 2\r\n\r\n");
  Client client(server), before(server);
  before.login();
  before.command("SELECT INBOX");
  client.login();
  CHECK(client.command("SELECT INBOX") ==
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
        "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags that "
        "stay\r\n"
        "* 2 EXISTS\r\n* 0 RECENT\r\n* OK [UNSEEN 2] The first that was not seen\r\n"
        "* OK [UIDVALIDITY 1001] UIDs are valid\r\n* OK [UIDNEXT 3] The next UID\r\n"
        "* OK [HIGHESTMODSEQ 3] The highest\r\n* OK [MAILBOXID (M1)] Its id\r\n"
        "a OK [READ-WRITE] Selected\r\n");
  CHECK_THAT(client.command("EXAMINE INBOX"), StartsWith("* OK [CLOSED] ") &&
                                                  Contains("[PERMANENTFLAGS ()]") &&
                                                  Contains("a OK [READ-ONLY]"));
  CHECK_THAT(client.command("STORE 1 +FLAGS (x)"), StartsWith("a NO [NOPERM]"));
  CHECK_THAT(client.command("EXPUNGE"), StartsWith("a NO [NOPERM]"));
  // A read-only FETCH does not set \Seen.
  CHECK_THAT(client.command("FETCH 2 BODY[]"), !Contains("\\Seen"));
  CHECK_THAT(client.command("SELECT Nowhere"), Contains("a NO [NONEXISTENT]"));
  CHECK(client.command("FETCH 1 FLAGS") == "a BAD Select a mailbox first\r\n");
}

TEST_CASE("imapd select: a mailbox that has not changed is not read again", "[imapd]") {
  Server server;
  server.store.deliver(AccountId{1}, "INBOX", "Subject: one\r\n\r\n");
  Client client(server), other(server);
  client.login();
  other.login();
  client.command("SELECT INBOX");
  CHECK(server.store.opened == 1);
  // By another session at the same time, and anew when it was closed.
  CHECK_THAT(other.command("SELECT INBOX"), Contains("* 1 EXISTS"));
  client.command("UNSELECT");
  other.command("UNSELECT");
  CHECK_THAT(client.command("SELECT INBOX"), Contains("* 1 EXISTS"));
  CHECK(server.store.opened == 1);
  for (bool closed : {false, true}) {
    if (closed) client.command("UNSELECT");
    server.store.deliver(AccountId{1}, "INBOX", "Subject: more\r\n\r\n");
    size_t before = server.store.opened;
    CHECK_THAT(other.command("SELECT INBOX"), Contains(closed ? "* 3 EXISTS" : "* 2 EXISTS"));
    CHECK(server.store.opened == before + 1);
    other.command("UNSELECT");
  }
}

TEST_CASE("imapd select: what happens while a mailbox is read after the answer", "[imapd]") {
  using Kind = model::mailbox::LogEntry::Kind;
  const UidSet first = UidSet::parse("1").value(), second = UidSet::parse("2").value();
  Server server;
  for (int i = 0; i < 3; ++i)
    server.store.deliver(alice, "INBOX", "Subject: one\r\n\r\n", model::mailbox::seen);
  Client client(server);
  client.login();
  auto select = [&](std::function<void()> meanwhile) {
    server.cache.drop({1, server.store.box(alice, "INBOX").head.key.mailbox.value});
    server.store.before_open_at = std::move(meanwhile);
    std::string answer = client.command("SELECT INBOX") + client.hear();
    CHECK(!server.store.before_open_at);
    return answer;
  };
  // Told at the next command, under the numbers that the client knows.
  std::string answer = select([&] {
    server.store.deliver(alice, "INBOX", "Subject: two\r\n\r\n", model::mailbox::seen);
    server.store.change(alice, "INBOX", {.kind = Kind::expunge, .uids = second});
  });
  CHECK_THAT(answer, Contains("* 3 EXISTS") && Contains("[UIDNEXT 4]") &&
                         EndsWith("a OK [READ-WRITE] Selected\r\n"));
  CHECK_THAT(client.command("FETCH 1:3 (UID)"),
             StartsWith("* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3)\r\n"));
  CHECK_THAT(client.command("NOOP"), StartsWith("* 2 EXPUNGE\r\n* 3 EXISTS\r\n"));
  CHECK_THAT(client.command("FETCH 1:* (UID)"), Contains("* 3 FETCH (UID 4)\r\n"));
  client.command("UNSELECT");
  // A new keyword.
  answer = select([&] {
    server.store.box(alice, "INBOX").keywords.push_back({6, "work"});
    server.store.change(alice, "INBOX", {.kind = Kind::add, .flags = Flags{1} << 6, .uids = first});
  });
  CHECK_THAT(answer, !Contains("work"));
  CHECK_THAT(client.command("NOOP"), Contains("* FLAGS (") && Contains(" work)\r\n") &&
                                         Contains("* 1 FETCH (FLAGS (\\Seen work))"));
  client.command("UNSELECT");
  // The store fails: the client may not believe in what it was told.
  answer = select([&] { server.store.broken = true; });
  CHECK_THAT(answer, Contains("a OK [READ-WRITE] Selected\r\n* BYE [UNAVAILABLE]"));
  CHECK(client.ended());
}

TEST_CASE("imapd select: the first that was not seen is told of a mailbox in memory", "[imapd]") {
  Server server;
  server.store.deliver(AccountId{1}, "INBOX", "Subject: a\r\n\r\n", model::mailbox::seen);
  server.store.deliver(AccountId{1}, "INBOX", "Subject: b\r\n\r\n");
  Client client(server);
  client.login();
  std::string answer = client.command("SELECT INBOX") + client.hear();
  CHECK_THAT(answer, Contains("* 2 EXISTS") && !Contains("UNSEEN"));
  CHECK_THAT(client.command("SELECT INBOX"), Contains("* OK [UNSEEN 2]"));
  CHECK(server.store.opened == 1);
}

TEST_CASE("imapd select: another session deletes the mailbox", "[imapd]") {
  Server server;
  Client one(server), two(server);
  one.login();
  two.login();
  one.command("CREATE x");
  one.command("SELECT x");
  two.command("SELECT x");
  CHECK_THAT(one.command("DELETE x"), StartsWith("a OK "));
  CHECK_THAT(one.command("FETCH 1 FLAGS"), StartsWith("a BAD "));
  CHECK_THAT(two.command("NOOP"), Contains("* BYE The selected mailbox was deleted"));
  CHECK(two.ended());
}

TEST_CASE("imapd status: all items", "[imapd]") {
  Server server;
  server.store.deliver(alice, "INBOX", "Subject: 1\r\n\r\n", model::mailbox::deleted);
  Client client(server);
  client.login();
  CHECK(client.command("STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE "
                       "HIGHESTMODSEQ MAILBOXID APPENDLIMIT)") ==
        "* STATUS INBOX (MESSAGES 1 RECENT 0 UIDNEXT 2 UIDVALIDITY 1001 UNSEEN 1 DELETED 1 SIZE "
        "14 HIGHESTMODSEQ 2 MAILBOXID (M1) APPENDLIMIT 1048576)\r\na OK Done\r\n");
}

TEST_CASE("imapd quota: reading", "[imapd]") {
  Server server;
  server.store.quota_limit = 10 * 1024;
  server.store.deliver(alice, "INBOX", std::string(1500, 'x'));
  Client client(server);
  client.login();
  CHECK(client.command("GETQUOTAROOT INBOX") ==
        "* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (STORAGE 2 10)\r\na OK Done\r\n");
  CHECK_THAT(client.command("GETQUOTA x"), StartsWith("a NO [NONEXISTENT]"));
}
