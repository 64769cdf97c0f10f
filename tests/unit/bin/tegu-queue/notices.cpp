#include "notices.h"

#include <catch2/catch.hpp>

#include "wire/dsn/parse.h"

using namespace tegu;
using wire::dsn::Action;
using wire::smtp::Notify;

static const base::WallTime noon = base::WallTime(std::chrono::seconds(1795262400));

static queue::LetterFacts letter() {
  return {.name = "letter1",
          .sender = {.local = "s", .domain = "a.org"},
          .ret = wire::smtp::Ret::unset,
          .envid = "E1",
          .smtputf8 = false,
          .size = 100,
          .arrival = noon};
}

static queue::Notice notice(std::string_view local, Action action, Notify notify = {}) {
  wire::dsn::RecipientStatus status;
  status.address = {.local = std::string(local), .domain = "b.org"};
  status.action = action;
  status.status = action == Action::failed    ? "5.1.1"
                  : action == Action::delayed ? "4.4.1"
                                              : "2.0.0";
  return {.status = status, .notify = notify};
}

static const wire::dsn::Returned stored{
    .header = "Return-Path: <s@a.org>\r\nSubject: Hello\r\n\r\n", .body = "the body\r\n"};
static const queue::ReportPolicy policy{.host_name = "mx.a.org", .return_limit = 1000};

static std::vector<queue::ReportLetter> reports(const queue::LetterFacts& facts,
                                                std::vector<queue::Notice> notices) {
  return queue::write_reports(facts, std::move(notices), stored, policy, noon);
}

TEST_CASE("queue notices: who wants which", "[queue]") {
  const wire::smtp::Address sender{.local = "s", .domain = "a.org"};
  const Notify never{.never = true}, success{.success = true}, failure{.failure = true},
      delay{.delay = true};
  struct {
    Action action;
    Notify notify;
    bool want;
  } table[] = {
      {Action::failed, {}, true},       {Action::delayed, {}, true},
      {Action::delivered, {}, false},   {Action::relayed, {}, false},
      {Action::failed, never, false},   {Action::delayed, never, false},
      {Action::failed, success, false}, {Action::delivered, success, true},
      {Action::relayed, success, true}, {Action::expanded, success, true},
      {Action::failed, failure, true},  {Action::delayed, failure, false},
      {Action::delayed, delay, true},   {Action::failed, delay, false},
  };
  for (const auto& row : table) {
    CHECK(queue::is_wanted(notice("x", row.action, row.notify), sender) == row.want);
    // RFC 5321 4.5.5: no report about a report.
    CHECK_FALSE(queue::is_wanted(notice("x", row.action, row.notify), {}));
  }
}

TEST_CASE("queue notices: one report of each kind, to the sender, from nobody", "[queue]") {
  auto made = reports(
      letter(), {notice("one", Action::failed), notice("two", Action::failed),
                 notice("slow", Action::delayed), notice("ok", Action::relayed, {.success = true}),
                 notice("quiet", Action::failed, {.never = true})});
  REQUIRE(made.size() == 3);
  for (const auto& report : made) {
    CHECK(report.envelope.reverse_path.is_null());
    CHECK(report.envelope.id.size() == 16);
    REQUIRE(report.envelope.recipients.size() == 1);
    CHECK(report.envelope.recipients[0].address == letter().sender);
    CHECK(report.envelope.body == wire::smtp::BodyType::seven_bit);
  }
  auto failed = wire::dsn::parse_report(made[0].text);
  REQUIRE(failed);
  REQUIRE(failed->recipients.size() == 2);
  CHECK(failed->recipients[1].at("final-recipient") == "rfc822; two@b.org");
  CHECK(failed->message.at("original-envelope-id") == "E1");
  CHECK(failed->message.at("x-tegu-letter") == "letter1");
  CHECK(failed->returned == "Subject: Hello\r\n\r\nthe body");
  auto slow = wire::dsn::parse_report(made[1].text);
  REQUIRE(slow);
  CHECK(slow->recipients.at(0).at("action") == "delayed");
  CHECK(slow->returned == "Subject: Hello\r\n");
}

TEST_CASE("queue notices: the body goes back only where RET and size let it", "[queue]") {
  auto facts = letter();
  CHECK(queue::returns_whole(facts, {notice("x", Action::failed)}, policy));
  CHECK_FALSE(queue::returns_whole(facts, {notice("x", Action::delayed)}, policy));
  facts.ret = wire::smtp::Ret::headers;
  CHECK_FALSE(queue::returns_whole(facts, {notice("x", Action::failed)}, policy));
  auto made = reports(facts, {notice("x", Action::failed)});
  CHECK_FALSE(made.at(0).text.contains("the body"));
  facts.ret = wire::smtp::Ret::full;
  facts.size = 1001;
  CHECK_FALSE(queue::returns_whole(facts, {notice("x", Action::failed)}, policy));
}

TEST_CASE("queue notices: nothing for the null sender", "[queue]") {
  auto facts = letter();
  facts.sender = {};
  CHECK(reports(facts, {notice("x", Action::failed)}).empty());
}
