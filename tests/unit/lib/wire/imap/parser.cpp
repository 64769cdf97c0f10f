#include "wire/imap/parser.h"

#include <catch2/catch.hpp>

#include "wire/imap/response.h"

using namespace tegu::wire::imap;

namespace {

ParseContext context(bool utf8 = false) {
  return {.limits = Limits::after_login(), .utf8 = utf8};
}

template <class T>
T parse(std::string_view text) {
  INFO(text);
  auto command = parse_command(text, context());
  if (!command) FAIL(command.error().text);
  CHECK(command->tag == "a");
  REQUIRE(std::holds_alternative<T>(command->arguments));
  return std::get<T>(command->arguments);
}

std::string error_of(std::string_view text) {
  auto command = parse_command(text, context());
  if (command) return "accepted";
  return command.error().tag + ": " + command.error().text;
}

std::string labels(const Fetch& fetch) {
  std::string out;
  for (const FetchItem& item : fetch.items) {
    out += fetch_label(item);
    if (item.partial) out += "+" + std::to_string(item.partial->count);
    if (item.kind == FetchItem::Kind::section && item.peek) out += "!";
    out += ' ';
  }
  return out;
}

// A search as a formula.
std::string formula(const SearchKey& key) {
  using Kind = SearchKey::Kind;
  auto children = [&] {
    std::string out = "(";
    for (const SearchKey& child : key.children) out += formula(child) + " ";
    out.back() = ')';
    return out;
  };
  auto date = [&] { return std::to_string(key.date.time_since_epoch().count()); };
  switch (key.kind) {
    case Kind::all:
      return "all";
    case Kind::none:
      return "none";
    case Kind::and_:
      return "and" + children();
    case Kind::or_:
      return "or" + children();
    case Kind::not_:
      return "not" + children();
    case Kind::sequence:
      return "seq:" + key.set.text();
    case Kind::uid:
      return "uid:" + key.set.text();
    case Kind::keyword:
      return "has:" + key.text;
    case Kind::unkeyword:
      return "lacks:" + key.text;
    case Kind::before:
      return "before:" + date();
    case Kind::on:
      return "on:" + date();
    case Kind::since:
      return "since:" + date();
    case Kind::sent_before:
      return "sentbefore:" + date();
    case Kind::sent_on:
      return "senton:" + date();
    case Kind::sent_since:
      return "sentsince:" + date();
    case Kind::saved_before:
      return "savedbefore:" + date();
    case Kind::saved_on:
      return "savedon:" + date();
    case Kind::saved_since:
      return "savedsince:" + date();
    case Kind::save_date_supported:
      return "savedatesupported";
    case Kind::larger:
      return ">" + std::to_string(key.number);
    case Kind::smaller:
      return "<" + std::to_string(key.number);
    case Kind::header:
      return key.field + ":" + key.text;
    case Kind::body:
      return "body:" + key.text;
    case Kind::text:
      return "text:" + key.text;
    case Kind::mod_seq:
      return "modseq:" + std::to_string(key.number);
    case Kind::older:
      return "older:" + std::to_string(key.number);
    case Kind::younger:
      return "younger:" + std::to_string(key.number);
    case Kind::email_id:
      return "email:" + key.text;
    case Kind::thread_id:
      return "thread:" + key.text;
  }
  return "?";
}

}  // namespace

TEST_CASE("imap parser: commands without arguments", "[imap]") {
  parse<Capability>("a CAPABILITY");
  parse<Noop>("a nOOp");
  parse<Logout>("a LOGOUT");
  parse<StartTls>("a STARTTLS");
  parse<Namespace>("a NAMESPACE");
  parse<Idle>("a IDLE");
  parse<Check>("a CHECK");
  parse<Close>("a CLOSE");
  parse<Unselect>("a UNSELECT");
  CHECK_FALSE(parse<Expunge>("a EXPUNGE").uids);
  CHECK(parse<Expunge>("a UID EXPUNGE 1:3").uids->text() == "1:3");
}

TEST_CASE("imap parser: login and identity", "[imap]") {
  auto login = parse<Login>("a LOGIN bob {4+}\r\np \"w");
  CHECK(login.user == "bob");
  CHECK(login.password == "p \"w");
  login = parse<Login>("a login \"bob \\\"x\\\\\" pass]word");
  CHECK(login.user == "bob \"x\\");
  CHECK(login.password == "pass]word");
  CHECK_FALSE(parse<Authenticate>("a AUTHENTICATE plain").initial);
  CHECK(parse<Authenticate>("a AUTHENTICATE plain").mechanism == "PLAIN");
  CHECK(parse<Authenticate>("a AUTHENTICATE PLAIN =").initial == "");
  CHECK(parse<Authenticate>("a AUTHENTICATE PLAIN AGJvYgB4").initial == std::string("\0bob\0x", 6));
  CHECK(parse<ClientId>("a ID NIL").fields.empty());
  CHECK(parse<ClientId>("a ID ()").fields.empty());
  auto id = parse<ClientId>("a ID (\"name\" \"mutt\" \"version\" NIL)");
  REQUIRE(id.fields.size() == 2);
  CHECK(id.fields[0].second == "mutt");
  CHECK_FALSE(id.fields[1].second);
  CHECK(parse<Enable>("a ENABLE condstore X").capabilities ==
        std::vector<std::string>{"CONDSTORE", "X"});
}

TEST_CASE("imap parser: mailboxes", "[imap]") {
  CHECK(parse<Select>("a SELECT inbox").mailbox == "INBOX");
  CHECK(parse<Select>("a SELECT {3}\r\na b").mailbox == "a b");
  CHECK(parse<Select>("a SELECT \"Entw&APw-rfe\"").mailbox == "Entw\u00fcrfe");
  auto examine = parse<Select>("a EXAMINE x (CONDSTORE)");
  CHECK(examine.read_only);
  CHECK(examine.condstore);
  CHECK(parse<Create>("a CREATE a/b/").mailbox == "a/b");
  CHECK(parse<Create>("a CREATE s (USE (\\Sent \\Junk))").special_use ==
        std::vector<std::string>{"\\Sent", "\\Junk"});
  CHECK(parse<Create>("a CREATE s (USE ())").special_use.empty());
  CHECK(parse<Delete>("a DELETE x").mailbox == "x");
  auto rename = parse<Rename>("a RENAME x \"y z\"");
  CHECK(rename.from == "x");
  CHECK(rename.to == "y z");
  CHECK(parse<Subscribe>("a SUBSCRIBE x").on);
  CHECK_FALSE(parse<Subscribe>("a UNSUBSCRIBE x").on);
  auto status = parse<Status>(
      "a STATUS x (MESSAGES UIDNEXT UIDVALIDITY UNSEEN RECENT SIZE "
      "HIGHESTMODSEQ DELETED MAILBOXID)");
  CHECK((status.items.messages && status.items.uid_next && status.items.uid_validity &&
         status.items.unseen && status.items.recent && status.items.size &&
         status.items.highest_mod_seq && status.items.deleted && status.items.mailbox_id));
  CHECK_FALSE(status.items.append_limit);
  auto copy = parse<Copy>("a COPY 1,3 x");
  CHECK((!copy.uid && !copy.move && copy.set.text() == "1,3" && copy.mailbox == "x"));
  auto move = parse<Copy>("a UID MOVE $ x");
  CHECK((move.uid && move.move && move.set.saved()));
}

TEST_CASE("imap parser: LIST", "[imap]") {
  auto list = parse<List>("a LIST \"\" %");
  CHECK((list.reference.empty() && list.patterns.size() == 1 && !list.extended && !list.lsub));
  CHECK(parse<List>("a LSUB \"\" *").lsub);
  list = parse<List>(
      "a LIST (SUBSCRIBED RECURSIVEMATCH) foo/ (\"INBOX\" \"Entw&APw-%\") RETURN "
      "(CHILDREN SPECIAL-USE SUBSCRIBED STATUS (MESSAGES SIZE))");
  CHECK((list.select_subscribed && list.select_recursive && list.extended));
  CHECK((list.return_children && list.return_special_use && list.return_subscribed));
  CHECK(list.reference == "foo/");
  CHECK(list.patterns == std::vector<std::string>{"INBOX", "Entw\u00fc%"});
  CHECK((list.return_status->messages && list.return_status->size));
  CHECK(parse<List>("a LIST () \"\" \"\"").patterns.front().empty());
  CHECK(error_of("a LIST (RECURSIVEMATCH) \"\" *") ==
        "a: RECURSIVEMATCH wants SUBSCRIBED or SPECIAL-USE beside it");
}

TEST_CASE("imap parser: FETCH", "[imap]") {
  struct {
    std::string in, want;
  } cases[] = {
      {"FLAGS", "FLAGS "},
      {"fast", "FLAGS INTERNALDATE RFC822.SIZE "},
      {"ALL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE "},
      {"FULL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY "},
      {"(UID ENVELOPE BODYSTRUCTURE MODSEQ EMAILID THREADID SAVEDATE)",
       "UID ENVELOPE BODYSTRUCTURE MODSEQ EMAILID THREADID SAVEDATE "},
      {"BODY[]", "BODY[] "},
      {"body.peek[]<10.20>", "BODY[]<10>+20! "},
      {"BODY.PEEK[1.2.HEADER]", "BODY[1.2.HEADER]! "},
      {"BODY[1.MIME]", "BODY[1.MIME] "},
      {"BODY[TEXT]", "BODY[TEXT] "},
      {"BODY[header.fields (From \"To\" X-\"a b\")]", ""},
      {"BODY.PEEK[HEADER.FIELDS (From To \"a b\")]", "BODY[HEADER.FIELDS (From To \"a b\")]! "},
      {"BODY[3.HEADER.FIELDS.NOT ({2}\r\nXY)]<0.1>", "BODY[3.HEADER.FIELDS.NOT (XY)]<0>+1 "},
      {"(BINARY[1.2]<0.5> BINARY.PEEK[] BINARY.SIZE[4])",
       "BINARY[1.2]<0>+5 BINARY[] BINARY.SIZE[4] "},
      {"(RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)",
       "RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE "},
      {"(PREVIEW (LAZY) UID)", "PREVIEW UID "},
      {"PREVIEW", "PREVIEW "},
  };
  for (const auto& c : cases) {
    INFO(c.in);
    if (c.want.empty())
      CHECK(error_of("a FETCH 1 " + c.in) != "accepted");
    else
      CHECK(labels(parse<Fetch>("a FETCH 1 " + c.in)) == c.want);
  }
  auto fetch = parse<Fetch>("a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)");
  CHECK((fetch.uid && fetch.changed_since == 12345));
  for (std::string in : {"BODY[",
                         "BODY[]<",
                         "BODY[]<1>",
                         "BODY[]<1.0>",
                         "BODY[1.]",
                         "BODY[0]",
                         "BODY[MIME]",
                         "BODY[1.X]",
                         "BODY[1TEXT]",
                         "BINARY[TEXT]",
                         "BINARY.SIZE[1]<0.1>",
                         "()",
                         "(FLAGS",
                         "FLAGS UID",
                         "BODY[HEADER.FIELDS ()]",
                         "(ALL)",
                         "X",
                         "PREVIEW (X)",
                         "FLAGS (CHANGEDSINCE x)",
                         "FLAGS (X 1)"}) {
    INFO(in);
    CHECK(error_of("a FETCH 1 " + in) != "accepted");
  }
  // RFC822 and BODY[] set \Seen, the header and PEEK do not.
  CHECK_FALSE(parse<Fetch>("a FETCH 1 RFC822").items[0].peek);
  CHECK(parse<Fetch>("a FETCH 1 RFC822.HEADER").items[0].peek);
}

TEST_CASE("imap parser: STORE", "[imap]") {
  auto store = parse<Store>("a STORE 1 +flags.silent (\\seen $forwarded Foo)");
  CHECK((store.how == Store::How::add && store.silent && !store.uid));
  CHECK(store.flags == std::vector<std::string>{"\\Seen", "$Forwarded", "Foo"});
  store = parse<Store>("a UID STORE 1:2 (UNCHANGEDSINCE 7) FLAGS \\Deleted x");
  CHECK((store.how == Store::How::set && !store.silent && store.uid && store.unchanged_since == 7));
  CHECK(store.flags.size() == 2);
  CHECK(parse<Store>("a STORE 1 -FLAGS ()").how == Store::How::remove);
  for (std::string in : {"1 FLAGS", "1 *FLAGS (x)", "1 FLAGS (\\Recent)", "1 FLAGS (\\Foo)",
                         "1 FLAGS (a", "0 FLAGS (a)", "1 +FLAG (a)", "1 (X 1) FLAGS (a)"}) {
    INFO(in);
    CHECK(error_of("a STORE " + in) != "accepted");
  }
}

TEST_CASE("imap parser: SEARCH", "[imap]") {
  struct {
    std::string in, want;
  } cases[] = {
      {"ALL", "all"},
      {"1:3,5 UNSEEN", "and(seq:1:3,5 lacks:\\Seen)"},
      {"uid 1:* deleted", "and(uid:1:* has:\\Deleted)"},
      {"$", "seq:$"},
      {"OR FROM bob NOT TO \"a b\"", "or(From:bob not(To:a b))"},
      {"(OR 1 2 SEEN) FLAGGED", "and(and(or(seq:1 seq:2) has:\\Seen) has:\\Flagged)"},
      {"HEADER Message-ID \"\"", "Message-ID:"},
      {"KEYWORD $junk UNKEYWORD x", "and(has:$Junk lacks:x)"},
      {"SINCE 1-Feb-1970 BEFORE \"2-Jan-1970\"", "and(since:31 before:1)"},
      {"SENTON 3-Jan-1970 SENTSINCE 1-Jan-1970 SENTBEFORE 1-Jan-1970",
       "and(senton:2 sentsince:0 sentbefore:0)"},
      {"SAVEDON 2-Jan-1970 SAVEDATESUPPORTED", "and(savedon:1 savedatesupported)"},
      {"LARGER 100 SMALLER 200", "and(>100 <200)"},
      {"OLDER 60 YOUNGER 30", "and(older:60 younger:30)"},
      {"MODSEQ 7", "modseq:7"},
      {"MODSEQ \"/flags/\\\\draft\" all 620162338", "modseq:620162338"},
      {"NEW OLD RECENT", "and(none all none)"},
      {"EMAILID M1 THREADID T2", "and(email:M1 thread:T2)"},
      {"TEXT {1}\r\n\xe4", "text:\ufffd"},
      {"CHARSET UTF-8 SUBJECT {2+}\r\n\u00e4", "Subject:\u00e4"},
      {"CHARSET ISO-8859-1 TEXT {1}\r\n\xe4", "text:\u00e4"},
      {"BODY \"x\" CC y BCC z ANSWERED UNANSWERED DRAFT UNDRAFT UNFLAGGED UNDELETED",
       "and(body:x Cc:y Bcc:z has:\\Answered lacks:\\Answered has:\\Draft lacks:\\Draft "
       "lacks:\\Flagged lacks:\\Deleted)"},
  };
  for (const auto& c : cases) CHECK(formula(parse<Search>("a SEARCH " + c.in).key) == c.want);

  auto search = parse<Search>("a UID SEARCH RETURN (MIN MAX COUNT SAVE) ALL");
  CHECK((search.uid && search.result->min && search.result->max && search.result->count &&
         search.result->save && !search.result->all));
  CHECK(parse<Search>("a SEARCH RETURN () ALL").result->all);
  for (std::string in :
       {"", "OR 1", "NOT", "(ALL", "()", "FOO", "SINCE 32-Feb-1970", "HEADER x", "RETURN (X) ALL",
        "LARGER x", "OLDER 0", "MODSEQ \"x\" all 1", "ALL ", "KEYWORD \\Foo"}) {
    INFO(in);
    CHECK(error_of("a SEARCH " + in) != "accepted");
  }
  auto refused = parse_command("a SEARCH CHARSET X-NONE TEXT x", context());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().bad_charset);
}

TEST_CASE("imap parser: depth is limited", "[imap]") {
  auto nested = [](int n) {
    return "a SEARCH " + std::string(n, '(') + "ALL" + std::string(n, ')');
  };
  CHECK(error_of(nested(49)) == "accepted");
  CHECK(error_of(nested(50)) == "a: Nested too deep");
  std::string nots = "a SEARCH ";
  for (int i = 0; i < 60; ++i) nots += "NOT ";
  CHECK(error_of(nots + "ALL") == "a: Nested too deep");
  std::string many = "a SEARCH ALL";
  for (int i = 0; i < 2001; ++i) many += " ALL";
  CHECK(error_of(many) == "a: Too many search keys");
}

TEST_CASE("imap parser: quota", "[imap]") {
  CHECK(parse<GetQuota>("a GETQUOTA \"\"").root.empty());
  CHECK(parse<GetQuotaRoot>("a GETQUOTAROOT inbox").mailbox == "INBOX");
  auto set = parse<SetQuota>("a SETQUOTA \"\" (STORAGE 512)");
  CHECK(set.limits.front() == std::pair<std::string, uint64_t>("STORAGE", 512));
}

TEST_CASE("imap parser: errors name the tag", "[imap]") {
  struct {
    std::string in, want;
  } cases[] = {
      {"", "*: Command begins with a tag"},
      {"a", "a: Command ends where a space is wanted"},
      {"a ", "a: Wants an atom"},
      {"+ NOOP", "*: Command begins with a tag"},
      {"a FOO", "a: Unknown command"},
      {"a UID NOOP", "a: Unknown command"},
      {"a NOOP x", "a: Unexpected \" x\" after the command"},
      {"a LOGIN bob", "a: Command ends where a space is wanted"},
      {"a LOGIN \"bob", "a: Quoted string is not closed"},
      {"a LOGIN {9}\r\nbob", "a: Literal is cut short"},
      {"a LOGIN \"a\\b\" c", "a: Only \\\" and \\\\ in quotes"},
      {"a AUTHENTICATE PLAIN ab", "a: Initial response is not base64"},
      {"a APPEND x", "a: APPEND wants a message as a literal"},
      {"a SELECT \"a & b\"", "a: Mailbox name is not modified UTF-7"},
      {"a EXAMINE x (QUX)", "a: Unknown parameter of SELECT"},
  };
  for (const auto& c : cases) {
    INFO(c.in);
    CHECK(error_of(c.in) == c.want);
  }
}

TEST_CASE("imap parser: APPEND in parts", "[imap]") {
  auto start =
      parse_append_start("a APPEND inbox (\\seen X) \"17-Jul-1996 02:44:25 -0700\" ", context());
  REQUIRE(start);
  CHECK(start->mailbox == "INBOX");
  CHECK(start->message.flags == std::vector<std::string>{"\\Seen", "X"});
  CHECK(start->message.date->zone_minutes == -420);
  CHECK_FALSE(start->message.utf8);
  CHECK(parse_append_start("a APPEND {1+}\r\nx ", context())->mailbox == "x");
  CHECK(parse_append_start("a APPEND x UTF8 (", context())->message.utf8);
  CHECK(parse_append_next(" (\\Seen) ", false, context())->flags.size() == 1);
  CHECK(parse_append_next(") ", true, context()));
  CHECK_FALSE(parse_append_next(" ", true, context()));
  CHECK_FALSE(parse_append_next("x ", false, context()));
  for (std::string in : {"a APPEND x", "a APPEND x (", "a APPEND x \"date\" ", "a APPEND x () y ",
                         "a APPEND x CATENATE (TEXT "}) {
    INFO(in);
    auto refused = parse_append_start(in, context());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().tag == "a");
  }
  CHECK(append_ends("", false));
  CHECK(append_ends(")", true));
  CHECK_FALSE(append_ends(" ", false));
  CHECK_FALSE(append_ends("", true));
}

TEST_CASE("imap parser: the table knows states and UID", "[imap]") {
  CHECK(find_command("nope") == nullptr);
  CHECK(find_command("fetch")->states == selected);
  CHECK((find_command("FETCH")->flags & no_expunges));
  CHECK(find_command("LOGIN")->states == not_authenticated);
  CHECK_FALSE(find_command("IDLE")->flags & takes_uid);
}

TEST_CASE("imap parser: no prefix of a command crashes or hangs", "[imap]") {
  for (std::string text :
       {"a UID FETCH 1:*,3 (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (\"From\" To)]<0.512> BINARY[1])",
        "a SEARCH RETURN (MIN) CHARSET UTF-8 (OR 1:2 NOT FROM {3}\r\nbob) SINCE 1-Feb-1994",
        "a LIST (SUBSCRIBED) \"\" (\"a\" %) RETURN (STATUS (MESSAGES))",
        "a STORE 1:2 (UNCHANGEDSINCE 12) +FLAGS.SILENT (\\Deleted \\Seen)"}) {
    CHECK(error_of(text) == "accepted");
    for (size_t n = 0; n < text.size(); ++n) (void)parse_command(text.substr(0, n), context());
  }
}
