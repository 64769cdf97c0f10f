// FETCH, STORE, COPY, MOVE, EXPUNGE, APPEND, SEARCH, IDLE over the in-memory store.
#include <catch2/catch.hpp>

#include <deque>
#include <utility>

#include "fake.h"

using namespace tegu;
using namespace tegu::imapd;
using namespace tegu::imapd::fake;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

constexpr AccountId alice{1};
const std::string letter =
    "From: Bob <bob@example.net>\r\nTo: alice@example.org\r\n"
    "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nDate: Sat, 21 Nov 2026 23:30:00 -0500\r\n"
    "Message-ID: <1@example.net>\r\n\r\nhello w\xc3\xb6rld\r\n";
const std::string mixed =
    "Subject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8gcGFydA==\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n--b--\r\n";

struct Opened {
  explicit Opened(std::vector<std::string> letters = {letter, mixed}) {
    for (std::string& text : letters) server.store.deliver(alice, "INBOX", std::move(text));
    client.login();
    client.command("SELECT INBOX");
  }
  Server server;
  Client client{server};
  std::string operator()(std::string_view command) { return client.command(command); }
};

}  // namespace

TEST_CASE("imapd fetch: what the view knows", "[imapd]") {
  Opened run;
  CHECK(run("FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)") ==
        "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 174 INTERNALDATE \" 6-Nov-1994 08:49:37 +0000\")\r\n"
        "* 2 FETCH (UID 2 FLAGS () RFC822.SIZE " +
            std::to_string(mixed.size()) +
            " INTERNALDATE \" 6-Nov-1994 08:49:37 +0000\")\r\na OK Fetched\r\n");
  CHECK(run("UID FETCH 2,9 FLAGS") == "* 2 FETCH (UID 2 FLAGS ())\r\na OK Fetched\r\n");
  CHECK(run("FETCH 3 FLAGS") == "a BAD There is no message of that number\r\n");
  CHECK(run("UID FETCH 99 FLAGS") == "a OK Fetched\r\n");
  CHECK_THAT(run("FETCH 1 (MODSEQ EMAILID THREADID SAVEDATE)"),
             Contains("* OK [HIGHESTMODSEQ 3]") && Contains("MODSEQ (2)") &&
                 Contains("EMAILID (E") && Contains("THREADID NIL") &&
                 Contains("SAVEDATE \" 2-Jan-1970 00:00:00 +0000\""));
  CHECK_THAT(run("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 2)"),
             !Contains("* 1 FETCH") && Contains("* 2 FETCH (UID 2 MODSEQ (3) FLAGS ())"));
}

namespace {

// Another session of the same loop: how often it had its turn, and the most that a client was
// answered between two of them.
struct Neighbour {
  size_t turns = 0;
  uint64_t most = 0;
  io::Task<void> run(Connection& line) {
    for (uint64_t before = 0;; turns++) {
      uint64_t now = line.sent() + line.out().size();
      most = std::max(most, now - before);
      before = now;
      co_await io::yield();
    }
  }
};

Neighbour watch(Opened& run, std::string_view command) {
  Neighbour neighbour;
  io::Scope scope(run.server.loop);
  scope.spawn(neighbour.run(run.client.session().line()));
  run(command);
  run.server.loop.run_until_done(scope.close());
  return neighbour;
}

}  // namespace

TEST_CASE("imapd fetch: a huge mailbox leaves the loop to others", "[imapd]") {
  Opened run;
  run.server.store.fill(alice, "INBOX", 20'000);
  run("NOOP");
  CHECK_THAT(run("FETCH 20002 (UID FLAGS)"), StartsWith("* 20002 FETCH (UID 20002 FLAGS ())"));
  CHECK(watch(run, "FETCH 1:* (FLAGS)").most < 20'000);
  size_t few = watch(run, "FETCH 1 (FLAGS) (CHANGEDSINCE 99)").turns;
  CHECK(watch(run, "FETCH 1:* (FLAGS) (CHANGEDSINCE 99)").turns >= few + 20'000 / 4096);
}

namespace {

// Asks for letters and takes nothing of them.
struct Mute {
  explicit Mute(Server& server, std::string set = "1") : stream(server.connect()) {
    server.scope.spawn(server.sessions.back()->run());
    server.loop.run_until_done(ask(*stream, std::move(set)));
  }
  static io::Task<void> ask(io::Stream& stream, std::string set) {
    co_await stream.write_all(
        "a LOGIN alice secret\r\nb SELECT INBOX\r\nc FETCH " + set + " BODY.PEEK[]\r\n", io::never);
    for (int i = 0; i < 100; ++i) co_await io::yield();
  }
  std::unique_ptr<io::MemoryStream> stream;
};

}  // namespace

TEST_CASE("imapd fetch: clients that do not read share what is held for them", "[imapd]") {
  constexpr size_t kib = 1024, clients = 20;
  std::string large = "Subject: large\r\n\r\n";
  for (size_t line = 0; large.size() < 3000 * kib; ++line)
    large += "line " + std::to_string(line) + "\r\n";
  Opened run({large, letter});
  auto& held = run.server.read_ahead;
  std::deque<Mute> mutes;
  mutes.emplace_back(run.server);
  CHECK(held.held() >= 768 * kib);
  while (mutes.size() < clients) mutes.emplace_back(run.server);
  CHECK(held.is_spent());
  // The bound of the tests is a megabyte; beyond it each has what it is just writing.
  CHECK(held.held() <= (1024 + 256 + clients * 64) * kib);
  // Nobody is refused.
  CHECK(run("FETCH 1 BODY.PEEK[]") == "* 1 FETCH (BODY[] {" + std::to_string(large.size()) +
                                          "}\r\n" + large + ")\r\na OK Fetched\r\n");
  CHECK_THAT(run("FETCH 1:2 (BODY.PEEK[HEADER] BODY.PEEK[TEXT])"), EndsWith("a OK Fetched\r\n"));
  mutes.clear();
  run("NOOP");
  CHECK(held.held() == 0);
}

TEST_CASE("imapd fetch: letters count from when they are asked for", "[imapd]") {
  constexpr size_t kib = 1024, clients = 20;
  std::string small = "Subject: small\r\n\r\n";
  small.resize(8 * kib, 'x');
  Opened run(std::vector<std::string>(200, small));
  auto& held = run.server.read_ahead;
  io::Event gate;
  run.server.store.gate = &gate;
  std::deque<Mute> mutes;
  while (mutes.size() < clients) mutes.emplace_back(run.server, "1:*");
  CHECK(held.is_spent());
  gate.set();
  run("NOOP");
  // The bound of the tests is a megabyte; beyond it each has two small batches.
  CHECK(held.held() <= (1024 + 512 + clients * 2 * 72) * kib);
  mutes.clear();
  run("NOOP");
  CHECK(held.held() == 0);
}

TEST_CASE("imapd fetch: what is read ahead does not end with a letter", "[imapd]") {
  constexpr size_t size = 100'000;
  std::string letter = "Subject: one\r\n\r\n";
  letter.resize(size, 'x');
  Opened run(std::vector<std::string>(20, letter));
  Mute mute(run.server, "1:*");
  CHECK(run.server.read_ahead.held() >= 4 * size);
  CHECK(run.server.read_ahead.held() <= 5 * size);
}

TEST_CASE("imapd fetch: parts of a letter", "[imapd]") {
  Opened run;
  // From memory, and read piece by piece.
  run.server.store.gives_whole = GENERATE(true, false);
  auto literal = [](std::string label, std::string bytes, std::string seq = "1") {
    return "* " + seq + " FETCH (" + label + " {" + std::to_string(bytes.size()) + "}\r\n" + bytes +
           ")\r\na OK Fetched\r\n";
  };
  CHECK(run("FETCH 1 BODY.PEEK[]") == literal("BODY[]", letter));
  CHECK(run("FETCH 1 BODY.PEEK[]<10.20>") == literal("BODY[]<10>", letter.substr(10, 20)));
  CHECK(run("FETCH 1 BODY.PEEK[]<1000.20>") == literal("BODY[]<1000>", ""));
  CHECK(run("FETCH 1 BODY.PEEK[HEADER.FIELDS (to X-None)]") ==
        literal("BODY[HEADER.FIELDS (to X-None)]", "To: alice@example.org\r\n\r\n"));
  CHECK(run("FETCH 1 BODY.PEEK[TEXT]") == literal("BODY[TEXT]", "hello w\xc3\xb6rld\r\n"));
  CHECK(run("FETCH 1 RFC822.HEADER") ==
        literal("RFC822.HEADER", letter.substr(0, letter.find("hello"))));
  CHECK(run("FETCH 2 BODY.PEEK[1]") == literal("BODY[1]", "aGVsbG8gcGFydA==", "2"));
  CHECK(run("FETCH 2 BODY.PEEK[2.HEADER]") ==
        literal("BODY[2.HEADER]", "Subject: inner\r\n\r\n", "2"));
  CHECK(run("FETCH 2 BODY.PEEK[2.HEADER.FIELDS.NOT (Subject)]") ==
        literal("BODY[2.HEADER.FIELDS.NOT (Subject)]", "\r\n", "2"));
  CHECK(run("FETCH 2 BODY.PEEK[2.TEXT]") == literal("BODY[2.TEXT]", "inside", "2"));
  CHECK(run("FETCH 2 BODY.PEEK[9]") == "* 2 FETCH (BODY[9] NIL)\r\na OK Fetched\r\n");
  CHECK(run("FETCH 2 BINARY.PEEK[1]") ==
        "* 2 FETCH (BINARY[1] ~{10}\r\nhello part)\r\na OK Fetched\r\n");
  CHECK(run("FETCH 2 BINARY.PEEK[1]<2.3>") ==
        "* 2 FETCH (BINARY[1]<2> ~{3}\r\nllo)\r\na OK Fetched\r\n");
  CHECK(run("FETCH 2 BINARY.SIZE[1]") == "* 2 FETCH (BINARY.SIZE[1] 10)\r\na OK Fetched\r\n");
  CHECK_THAT(run("FETCH 1 ENVELOPE"),
             Contains("ENVELOPE (\"Sat, 21 Nov 2026 23:30:00 -0500\" \"=?utf-8?q?gr"));
  CHECK_THAT(run("FETCH 2 BODYSTRUCTURE"),
             Contains("BODYSTRUCTURE ((\"text\" \"plain\"") && Contains("\"mixed\" (\"boundary\""));
  CHECK_THAT(run("FETCH 1 FULL"), Contains("BODY (") && Contains("ENVELOPE ("));
}

TEST_CASE("imapd fetch: reading sets \\Seen and tells", "[imapd]") {
  Opened run;
  CHECK(run("FETCH 1 BODY[TEXT]") ==
        "* 1 FETCH (BODY[TEXT] {14}\r\nhello w\xc3\xb6rld\r\n FLAGS (\\Seen))\r\na OK Fetched\r\n");
  CHECK_THAT(run("FETCH 1 BODY[TEXT]"), !Contains("FLAGS"));
}

TEST_CASE("imapd fetch: many letters are read ahead and answered in order", "[imapd]") {
  std::vector<std::string> letters;
  for (size_t i = 0; i < 700; ++i)
    letters.push_back("Subject: " + std::to_string(i) + "\r\n\r\n" +
                      std::string(i * 37 % 9000, 'x'));
  Opened run(letters);
  run.server.store.gives_whole = GENERATE(true, false);
  std::string bodies, subjects;
  for (size_t i = 0; i < letters.size(); ++i) {
    std::string start = "* " + std::to_string(i + 1) + " FETCH (UID " + std::to_string(i + 1);
    bodies +=
        start + " BODY[] {" + std::to_string(letters[i].size()) + "}\r\n" + letters[i] + ")\r\n";
    std::string subject = "\"" + std::to_string(i) + "\"";
    subjects += start + " ENVELOPE (NIL " + subject + " NIL NIL NIL NIL NIL NIL NIL NIL))\r\n";
  }
  CHECK((run("FETCH 1:* (UID BODY.PEEK[])") == bodies + "a OK Fetched\r\n"));
  CHECK((run("UID FETCH 1:* ENVELOPE") == subjects + "a OK Fetched\r\n"));
  run.server.store.broken = true;
  CHECK(run("FETCH 1:* (UID BODY.PEEK[])") == "a NO [UNAVAILABLE] Try again later\r\n");
  run.server.store.broken = false;
  CHECK((run("FETCH 1:* (UID BODY.PEEK[])") == bodies + "a OK Fetched\r\n"));
}

TEST_CASE("imapd fetch: a list is the same with and without digests", "[imapd]") {
  std::vector<std::string> letters;
  for (size_t i = 0; i < 1300; ++i)
    letters.push_back(i % 3 == 0 ? mixed : "Subject: " + std::to_string(i) + "\r\n\r\nbody\r\n");
  letters[700] = "Subject: " + std::string(3 * Digest::text_limit, 'x') + "\r\n\r\n";
  Opened run(letters);
  auto& store = run.server.store;
  auto asked = [&](std::string_view command) {
    store.letters_read = 0;
    std::string answer = run(command);
    CHECK_THAT(answer, EndsWith("a OK Fetched\r\n"));
    return answer;
  };
  constexpr std::string_view list = "FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE)";
  constexpr std::string_view envelopes = "FETCH 1:* (ENVELOPE)";
  // Of the two full blocks a digest is kept, of the third none.
  std::string long_list = asked(list);
  CHECK(store.letters_read == 1300);
  CHECK(store.digests.size() == 2);
  CHECK((asked(list) == long_list));
  CHECK(store.letters_read == 1300 - 1024 + 1);  // the tail, and an envelope that is too long
  auto kept = std::exchange(store.digests, {});
  std::string short_list = asked(envelopes);
  CHECK((store.digests == kept));
  CHECK((asked(envelopes) == short_list));
  CHECK(store.letters_read == 1300 - 1024 + 1);
  CHECK((short_list == [&] {
    std::string answers;
    for (size_t i = 1; i <= letters.size(); ++i) {
      std::string one = run("FETCH " + std::to_string(i) + " (ENVELOPE)");
      answers += one.substr(0, one.size() - std::string("a OK Fetched\r\n").size());
    }
    return answers + "a OK Fetched\r\n";
  }()));
  // Some of a block: what there is is used, nothing is kept.
  store.digests.clear();
  asked("FETCH 10:500 (ENVELOPE)");
  CHECK(store.digests.empty());
  store.digests = kept;
  asked("FETCH 10:500 (ENVELOPE)");
  CHECK(store.letters_read == 0);
  asked("FETCH 10:12 (ENVELOPE)");
  CHECK(store.letters_read == 3);
  // What a digest has no right to say is not believed: another block's, and damaged ones.
  std::swap(store.digests.begin()->second, store.digests.rbegin()->second);
  CHECK((asked(list) == long_list));
  for (auto& [place, digest] : store.digests) digest.resize(digest.size() / 2);
  CHECK((asked(list) == long_list));
  CHECK((store.digests == kept));
  // Messages that went, and a digest that still has them.
  run("STORE 5,100:200,1025 +FLAGS.SILENT (\\Deleted)");
  run("EXPUNGE");
  std::string fewer = asked(list);
  CHECK(store.letters_read == 1300 - 1024 - 1 + 1);
  store.digests.clear();
  CHECK((asked(list) == fewer));
  CHECK((store.digests != kept));
  CHECK((asked(list) == fewer));
}

TEST_CASE("imapd fetch: a digest speaks only of the letter it was made from", "[imapd]") {
  std::vector<std::string> letters(600, letter);
  Opened run(letters);
  run("FETCH 1:* (ENVELOPE)");
  REQUIRE(run.server.store.digests.size() == 1);
  auto& [place, packed] = *run.server.store.digests.begin();
  auto digest = Digest::unpack(packed, 1, {.envelopes = true, .structures = true});
  REQUIRE(digest);
  DigestDraft forged;
  for (size_t i = 0; i < digest->size(); ++i) {
    Digest::Texts texts = digest->at(i);
    texts.envelope = "(wrong)";
    if (i != 7) texts.content.value += 100'000;
    forged.add(texts);
  }
  packed = forged.pack();
  std::string answer = run("FETCH 1:* (ENVELOPE)");
  CHECK_THAT(answer, Contains("* 8 FETCH (ENVELOPE (wrong))"));
  CHECK(answer.find("(wrong)") == answer.rfind("(wrong)"));
}

TEST_CASE("imapd fetch: large texts of many letters are read in turns", "[imapd]") {
  std::vector<std::string> letters;
  for (size_t i = 0; i < 600; ++i)
    letters.push_back("Subject: " + std::to_string(i) + "\r\nTo: " + std::string(30'000, 'y') +
                      "@example.org\r\n\r\n");
  Opened run(letters);
  std::string headers = run("FETCH 1:* (BODY.PEEK[HEADER])");
  std::string envelopes = run("FETCH 1:* (ENVELOPE)");
  CHECK(run.server.store.digests.empty());
  size_t at = 0, there = 0;
  for (size_t i = 0; i < letters.size(); ++i) {
    at = headers.find(letters[i], at);
    there = envelopes.find("(NIL \"" + std::to_string(i) + "\" ", there);
  }
  CHECK(at != std::string::npos);
  CHECK(there != std::string::npos);
}

TEST_CASE("imapd fetch: a large letter is streamed, and a broken store ends the line", "[imapd]") {
  std::string big = "Subject: big\r\n\r\n";
  for (int i = 0; big.size() < 1'300'000; ++i) big += "line " + std::to_string(i) + "\r\n";
  Opened run({big});
  std::string want =
      "* 1 FETCH (BODY[] {" + std::to_string(big.size()) + "}\r\n" + big + ")\r\na OK Fetched\r\n";
  CHECK(run("FETCH 1 BODY.PEEK[]") == want);
  CHECK(run("FETCH 1 BODY.PEEK[]<500000.100>") ==
        "* 1 FETCH (BODY[]<500000> {100}\r\n" + big.substr(500000, 100) + ")\r\na OK Fetched\r\n");
  // Pieces that end, begin and lie around the borders of what is read at a time.
  size_t header = 16;
  for (size_t border : {header, header + 524288, header + 1048576})
    for (size_t before : {0, 1, 100, 300'000})
      for (size_t size : {1, 101, 524288, 900'000}) {
        size_t at = border - std::min(border, before);
        std::string part = big.substr(at, size);
        CHECK(
            (run("FETCH 1 BODY.PEEK[]<" + std::to_string(at) + "." + std::to_string(size) + ">") ==
             "* 1 FETCH (BODY[]<" + std::to_string(at) + "> {" + std::to_string(part.size()) +
                 "}\r\n" + part + ")\r\na OK Fetched\r\n"));
      }
  // Nothing has gone out yet: an ordinary refusal.
  run.server.store.fail_read_after = static_cast<int>(run.server.store.reads);
  CHECK(run("FETCH 1 BODY.PEEK[]") == "a NO [UNAVAILABLE] Try again later\r\n");
  // In the middle of the literal nothing can be said any more.
  run.server.store.fail_read_after = static_cast<int>(run.server.store.reads) + 2;
  CHECK_THAT(run("FETCH 1 BODY.PEEK[]"), StartsWith("* 1 FETCH") && !Contains("a NO"));
  CHECK(run.client.ended());
}

TEST_CASE("imapd fetch: large letters one after the other, whole and in parts", "[imapd]") {
  std::vector<std::string> letters;
  for (size_t size : {300'000, 60, 1'200'000, 524'288, 70'000, 800'000}) {
    std::string letter = "Subject: big\r\n\r\n";
    for (int i = 0; letter.size() < size; ++i) letter += "line " + std::to_string(i) + "\r\n";
    letters.push_back(letter);
  }
  Opened run(letters);
  std::string whole, texts;
  for (size_t i = 0; i < letters.size(); ++i) {
    const std::string& letter = letters[i];
    std::string start = "* " + std::to_string(i + 1) + " FETCH (";
    auto literal = [](std::string_view octets) {
      return " {" + std::to_string(octets.size()) + "}\r\n" + std::string(octets);
    };
    whole += start + "BODY[]" + literal(letter) + ")\r\n";
    texts += start + "BODY[TEXT]" + literal(std::string_view(letter).substr(16)) + " BODY[1]<5>" +
             literal(std::string_view(letter).substr(21, 3)) + ")\r\n";
  }
  CHECK((run("FETCH 1:* BODY.PEEK[]") == whole + "a OK Fetched\r\n"));
  CHECK((run("FETCH 1:* (BODY.PEEK[TEXT] BODY.PEEK[1]<5.3>)") == texts + "a OK Fetched\r\n"));
}

TEST_CASE("imapd store: flags, silence and conditions", "[imapd]") {
  Opened run;
  CHECK(run("STORE 1 +FLAGS (\\Flagged $Junk)") ==
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)\r\n"
        "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk \\*)] Flags "
        "that stay\r\n"
        "* 1 FETCH (FLAGS (\\Flagged $Junk))\r\na OK Stored\r\n");
  CHECK(run("UID STORE 1:2 FLAGS.SILENT (\\Seen)") == "a OK Stored\r\n");
  CHECK(run("UID STORE 2 -FLAGS (\\Seen)") == "* 2 FETCH (UID 2 FLAGS ())\r\na OK Stored\r\n");
  CHECK(run("FETCH 1 FLAGS") == "* 1 FETCH (FLAGS (\\Seen))\r\na OK Fetched\r\n");
  // What did not change is told too.
  CHECK(run("STORE 1 +FLAGS (\\Seen)") == "* 1 FETCH (FLAGS (\\Seen))\r\na OK Stored\r\n");
  CHECK_THAT(run("STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\\Draft)"), Contains("a OK [MODIFIED 1] "));
  CHECK_THAT(run("FETCH 1 FLAGS"), !Contains("Draft"));
  CHECK_THAT(run("UID STORE 2 (UNCHANGEDSINCE 100) +FLAGS.SILENT (\\Draft)"),
             Contains("* 2 FETCH (UID 2 MODSEQ (") && EndsWith("a OK Stored\r\n"));
  CHECK(run("UID STORE 77 +FLAGS (x)") == "a OK Nothing to change\r\n");
}

TEST_CASE("imapd sessions: changes of others are told, expunges when they may be", "[imapd]") {
  Opened run({letter, letter, letter});
  Client other(run.server);
  other.login();
  other.command("SELECT INBOX");
  run("STORE 2 +FLAGS (\\Deleted)");
  CHECK(other.command("NOOP") == "* 2 FETCH (FLAGS (\\Deleted))\r\na OK Nothing done\r\n");
  CHECK(run("EXPUNGE") == "* 2 EXPUNGE\r\na OK Expunged\r\n");
  run.server.store.deliver(alice, "INBOX", letter);
  run("NOOP");
  // RFC 9051 7.5.1: not with FETCH, STORE, SEARCH; numbers stay as the client knows them.
  CHECK(other.command("FETCH 3 (UID)") == "* 3 FETCH (UID 3)\r\na OK Fetched\r\n");
  CHECK(other.command("STORE 3 +FLAGS (\\Seen)") ==
        "* 3 FETCH (FLAGS (\\Seen))\r\na OK Stored\r\n");
  CHECK(other.command("FETCH 3 (FLAGS)") == "* 3 FETCH (FLAGS (\\Seen))\r\na OK Fetched\r\n");
  CHECK(other.command("SEARCH ALL") == "* SEARCH 1 2 3\r\na OK Searched\r\n");
  CHECK(other.command("UID SEARCH SEEN") ==
        "* SEARCH 3\r\n* 2 EXPUNGE\r\n* 3 EXISTS\r\n"
        "* 2 FETCH (UID 3 FLAGS (\\Seen))\r\na OK Searched\r\n");
  CHECK(other.command("NOOP") == "a OK Nothing done\r\n");
}

TEST_CASE("imapd expunge: UID EXPUNGE and CLOSE", "[imapd]") {
  Opened run({letter, letter, letter});
  run("STORE 1:3 +FLAGS.SILENT (\\Deleted)");
  CHECK(run("UID EXPUNGE 2") == "* 2 EXPUNGE\r\na OK Expunged\r\n");
  CHECK(run("CLOSE") == "a OK Closed\r\n");
  CHECK_THAT(run("STATUS INBOX (MESSAGES)"), StartsWith("* STATUS INBOX (MESSAGES 0)"));
}

TEST_CASE("imapd copy and move: COPYUID", "[imapd]") {
  Opened run({letter, letter, letter});
  CHECK(run("COPY 1,3 Sent") == "a OK [COPYUID 1003 1,3 1:2] Copied\r\n");
  CHECK(run("COPY 1 Nowhere") == "a NO [TRYCREATE] There is no such mailbox\r\n");
  CHECK(run("UID MOVE 2 Sent") == "* OK [COPYUID 1003 2 3] Moved\r\n* 2 EXPUNGE\r\na OK Moved\r\n");
  CHECK(run("UID COPY 99 Sent") == "a OK Nothing to copy\r\n");
  CHECK_THAT(run("MOVE 1 INBOX"), StartsWith("a NO [CANNOT]"));
  CHECK(run("COPY 1 INBOX") == "* 3 EXISTS\r\na OK [COPYUID 1001 1 4] Copied\r\n");
  run.server.store.quota_limit = 6 * letter.size() + 10;
  CHECK(run("COPY 1:* Sent") == "a NO [OVERQUOTA] The quota would be exceeded\r\n");
  CHECK_THAT(run("MOVE 1 Sent"), EndsWith("a OK Moved\r\n"));
}

TEST_CASE("imapd append: one, many, refused", "[imapd]") {
  Opened run({});
  Client& client = run.client;
  CHECK(client.send("a APPEND INBOX (\\Seen work) \"17-Jul-1996 02:44:25 -0700\" {5}\r\n") ==
        "+ Send it\r\n");
  CHECK_THAT(client.send("hello\r\n"),
             Contains("* 1 EXISTS") && EndsWith("a OK [APPENDUID 1001 1] Stored\r\n"));
  CHECK(run("FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])") ==
        "* 1 FETCH (FLAGS (\\Seen work) INTERNALDATE \"17-Jul-1996 09:44:25 +0000\" BODY[] "
        "{5}\r\nhello)\r\na OK Fetched\r\n");
  CHECK_THAT(client.send("a APPEND Sent {1+}\r\n1 (\\Draft) {2+}\r\n22\r\n"),
             StartsWith("a OK [APPENDUID 1003 1:2] Stored\r\n"));
  CHECK(client.send("a APPEND Nowhere {5}\r\n") == "a NO [TRYCREATE] There is no such mailbox\r\n");
  CHECK(client.send("a APPEND Nowhere {5+}\r\nhello\r\nb NOOP\r\n") ==
        "a NO [TRYCREATE] There is no such mailbox\r\nb OK Nothing done\r\n");
  CHECK_THAT(client.send("a APPEND INBOX {1048577}\r\n"), StartsWith("a NO [TOOBIG]"));
  CHECK_THAT(client.send("a APPEND INBOX {0}\r\n"), StartsWith("a NO "));
  CHECK_THAT(client.send("a APPEND INBOX (x {3+}\r\nabc\r\n"), StartsWith("a BAD "));
  // All or nothing.
  CHECK_THAT(client.send("a APPEND Sent {1+}\r\n1 {0+}\r\n\r\n"), StartsWith("a NO "));
  CHECK_THAT(client.send("a APPEND Sent {1+}\r\n1 junk {1+}\r\n2\r\n"), StartsWith("a BAD "));
  CHECK_THAT(run("STATUS Sent (MESSAGES)"), Contains("MESSAGES 2"));
  run.server.store.quota_limit = 20;
  CHECK_THAT(client.send("a APPEND INBOX {50}\r\n"), StartsWith("a NO [OVERQUOTA]"));
}

TEST_CASE("imapd append: a letter over the spool's memory comes back whole", "[imapd]") {
  Opened run({});
  std::string big = "Subject: big\r\n\r\n";
  for (int i = 0; big.size() < 600'000; ++i) big += "line " + std::to_string(i) + "\r\n";
  auto answer =
      run.client.send("a APPEND INBOX {" + std::to_string(big.size()) + "+}\r\n" + big + "\r\n");
  CHECK_THAT(answer, EndsWith("a OK [APPENDUID 1001 1] Stored\r\n"));
  CHECK_THAT(run("FETCH 1 BODY.PEEK[]"), Contains(big));
}

TEST_CASE("imapd search: keys", "[imapd]") {
  Opened run;
  run("STORE 2 +FLAGS.SILENT (\\Flagged work)");
  struct {
    std::string key, want;
  } cases[] = {
      {"ALL", " 1 2"},
      {"2:4", " 2"},
      {"UID 1", " 1"},
      {"FLAGGED", " 2"},
      {"UNFLAGGED", " 1"},
      {"KEYWORD Work", " 2"},
      {"UNKEYWORD never", " 1 2"},
      {"KEYWORD never", ""},
      {"NEW", ""},
      {"FROM BOB", " 1"},
      {"TO alice CC x", ""},
      {"OR TO alice SUBJECT parts", " 1 2"},
      {"NOT SUBJECT PARTS", " 1"},
      {"CHARSET UTF-8 SUBJECT {6+}\r\nGR\xc3\x9c\xc3\x9f", " 1"},
      {"HEADER Message-ID \"\"", " 1"},
      {"HEADER X-None \"\"", ""},
      {"BODY w\xc3\xb6rld", " 1"},
      {"BODY \"hello part\"", " 2"},
      {"BODY inside", " 2"},
      {"TEXT inner", " 2"},
      {"TEXT bob@example.net", " 1"},
      {"BODY bob@example.net", ""},
      {"TEXT nowhere", ""},
      {"SENTON 21-Nov-2026", " 1"},
      {"SENTBEFORE 21-Nov-2026", ""},
      {"SENTSINCE 22-Nov-2026", ""},
      {"ON 6-Nov-1994", " 1 2"},
      {"BEFORE 6-Nov-1994", ""},
      {"SINCE 6-Nov-1994", " 1 2"},
      {"SAVEDON 2-Jan-1970", " 1 2"},
      {"LARGER 190", " 2"},
      {"SMALLER 190", " 1"},
      {"OLDER 3600", " 1 2"},
      {"YOUNGER 3600", ""},
      {"OR (FLAGGED BODY hello) TEXT nowhere", " 2"},
  };
  for (const auto& c : cases) {
    INFO(c.key);
    CHECK(run("SEARCH " + c.key) == "* SEARCH" + c.want + "\r\na OK Searched\r\n");
  }
  CHECK(run("SEARCH CHARSET X-NONE TEXT x") ==
        "a NO [BADCHARSET (US-ASCII UTF-8)] Charset is unknown\r\n");
}

TEST_CASE("imapd search: extended results and the saved one", "[imapd]") {
  Opened run({letter, mixed, letter, letter});
  CHECK(run("SEARCH RETURN (MIN MAX COUNT ALL) FROM bob") ==
        "* ESEARCH (TAG \"a\") MIN 1 MAX 4 COUNT 3 ALL 1,3:4\r\na OK Searched\r\n");
  CHECK(run("UID SEARCH RETURN () FLAGGED") == "* ESEARCH (TAG \"a\") UID\r\na OK Searched\r\n");
  CHECK(run("SEARCH RETURN (COUNT) FLAGGED") ==
        "* ESEARCH (TAG \"a\") COUNT 0\r\na OK Searched\r\n");
  CHECK(run("SEARCH RETURN (SAVE) FROM bob") == "a OK Searched\r\n");
  CHECK(run("FETCH $ UID") ==
        "* 1 FETCH (UID 1)\r\n* 3 FETCH (UID 3)\r\n* 4 FETCH (UID 4)\r\na OK Fetched\r\n");
  CHECK(run("SEARCH $ 2:3") == "* SEARCH 3\r\na OK Searched\r\n");
  CHECK(run("SEARCH RETURN (SAVE MAX) FROM bob") ==
        "* ESEARCH (TAG \"a\") MAX 4\r\na OK Searched\r\n");
  CHECK(run("UID FETCH $ FLAGS") == "* 4 FETCH (UID 4 FLAGS ())\r\na OK Fetched\r\n");
  CHECK_THAT(run("SEARCH MODSEQ 4"), Contains("* SEARCH 3 4 (MODSEQ 5)\r\n"));
  run("ENABLE IMAP4rev2");
  CHECK_THAT(run("SEARCH 1"), StartsWith("* ESEARCH (TAG \"a\") ALL 1\r\n"));
}

TEST_CASE("imapd idle: hears what happens and ends with DONE", "[imapd]") {
  Opened run({letter});
  CHECK(run("IDLE") == "+ Idling\r\n");
  run.server.store.deliver(alice, "INBOX", letter);
  CHECK(run.client.hear() == "");
  run.server.views.hear(alice, MailboxId{1}, 0);
  CHECK(run.client.hear() == "* 2 EXISTS\r\n");
  CHECK(run.client.send("DONE\r\nb NOOP\r\n") == "a OK Idled\r\nb OK Nothing done\r\n");
  CHECK(run("IDLE") == "+ Idling\r\n");
  CHECK_THAT(run.client.send("NOOP\r\n"), StartsWith("a BAD "));
}

TEST_CASE("imapd idle: without a mailbox", "[imapd]") {
  Server server;
  Client client(server);
  client.login();
  CHECK(client.command("IDLE") == "+ Idling\r\n");
  CHECK(client.send("done\r\n") == "a OK Idled\r\n");
}

TEST_CASE("imapd views: one for all sessions of a mailbox", "[imapd]") {
  Opened run({letter});
  Client other(run.server);
  other.login();
  other.command("SELECT INBOX");
  CHECK(run.server.views.size() == 1);
  CHECK(run.server.sessions[0]->selected().share() == run.server.sessions[1]->selected().share());
}
