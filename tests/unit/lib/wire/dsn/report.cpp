#include "wire/dsn/report.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/dsn/parse.h"

using namespace tegu;
using namespace tegu::wire;
using dsn::Action;

static const base::WallTime noon = base::WallTime(std::chrono::seconds(1795262400));

static smtp::Address mailbox(std::string_view text) {
  return smtp::parse_mailbox(text, true).value();
}

static dsn::Report failure() {
  return {.reporting_mta = "mx.example.org",
          .name = "0123456789abcdef",
          .date = noon + std::chrono::hours(1),
          .arrival = noon,
          .recipient = mailbox("sender@example.org"),
          .envid = {},
          .letter = "letter1",
          .recipients = {{.address = mailbox("nobody@example.net"),
                          .original = {},
                          .status = "5.1.1",
                          .remote_mta = "mail.example.net",
                          .diagnostic = "550 5.1.1 No such user",
                          .last_attempt = noon + std::chrono::minutes(30),
                          .will_retry_until = {}}}};
}

static const std::string letter_header =
    "From: sender@example.org\r\nMessage-ID: <one@example.org>\r\nSubject: Hello\r\n\r\n";

static size_t longest_line(std::string_view text) {
  size_t longest = 0;
  for (auto line : base::split(text, '\n')) longest = std::max(longest, line.size());
  return longest;
}

TEST_CASE("dsn compose: fields of a failure can be read back", "[dsn]") {
  dsn::Report report = failure();
  report.envid = "QQ314159";
  report.recipients[0].original = smtp::OriginalRecipient{"rfc822", "List@Example.net"};
  std::string text = dsn::compose(report, {.header = letter_header, .body = {}});
  auto parsed = dsn::parse_report(text);
  REQUIRE(parsed);
  CHECK(parsed->message.at("reporting-mta") == "dns; mx.example.org");
  CHECK(parsed->message.at("original-envelope-id") == "QQ314159");
  CHECK(parsed->message.at("arrival-date") == base::rfc5322_date(noon));
  REQUIRE(parsed->recipients.size() == 1);
  const dsn::Fields& fields = parsed->recipients[0];
  CHECK(fields.at("original-recipient") == "rfc822; List@Example.net");
  CHECK(fields.at("final-recipient") == "rfc822; nobody@example.net");
  CHECK(fields.at("action") == "failed");
  CHECK(fields.at("status") == "5.1.1");
  CHECK(fields.at("remote-mta") == "dns; mail.example.net");
  CHECK(fields.at("diagnostic-code") == "smtp; 550 5.1.1 No such user");
  CHECK(fields.at("last-attempt-date") == base::rfc5322_date(noon + std::chrono::minutes(30)));
  CHECK_FALSE(fields.contains("will-retry-until"));
  CHECK(parsed->returned_type == "text/rfc822-headers");
  CHECK(parsed->returned.contains("Subject: Hello"));
}

TEST_CASE("dsn compose: header tells that a program wrote it", "[dsn]") {
  std::string text = dsn::compose(failure(), {.header = letter_header, .body = {}});
  for (std::string_view want :
       {"From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\r\n",
        "To: <sender@example.org>\r\n", "Auto-Submitted: auto-replied\r\n",
        "Message-ID: <0123456789abcdef@mx.example.org>\r\n", "In-Reply-To: <one@example.org>\r\n",
        "MIME-Version: 1.0\r\n", "multipart/report; report-type=delivery-status;"}) {
    INFO(want);
    CHECK(text.substr(0, text.find("\r\n\r\n") + 2).contains(want));
  }
  CHECK(base::is_ascii(text));
  CHECK(longest_line(text) <= 79);
  CHECK(text.contains("could not be delivered"));
  // "Ваше" in quoted-printable.
  CHECK(text.contains("=D0=92=D0=B0=D1=88=D0=B5"));
}

TEST_CASE("dsn compose: each kind has its words", "[dsn]") {
  struct {
    Action action;
    std::string_view subject, text;
  } table[] = {
      {Action::failed, "Subject: Undelivered", "will not be tried again"},
      {Action::delayed, "Subject: Delayed", "we keep trying"},
      {Action::delivered, "Subject: Delivered", "was delivered to these recipients"},
      {Action::relayed, "Subject: Relayed", "will not confirm"},
      {Action::expanded, "Subject: Expanded", "members of these lists"},
  };
  for (const auto& row : table) {
    dsn::Report report = failure();
    report.recipients[0].action = row.action;
    report.recipients[0].will_retry_until = noon + std::chrono::days(5);
    std::string text = dsn::compose(report, {.header = letter_header, .body = {}});
    INFO(row.subject);
    CHECK(text.contains(row.subject));
    CHECK(base::replace_all(text, "=\r\n", "").contains(row.text));
    auto parsed = dsn::parse_report(text);
    REQUIRE(parsed);
    CHECK(parsed->recipients.at(0).at("action") == dsn::word(row.action));
    CHECK(parsed->recipients.at(0).contains("will-retry-until"));
  }
}

TEST_CASE("dsn compose: whole letter with 8-bit body", "[dsn]") {
  std::string body = "Grüße\r\n.\r\n";
  std::string text = dsn::compose(failure(), {.header = letter_header, .body = body});
  auto parsed = dsn::parse_report(text);
  REQUIRE(parsed);
  CHECK(parsed->returned_type == "message/rfc822");
  CHECK(parsed->returned == letter_header + "Grüße\r\n.");
  // RFC 2045 6.4: the enclosing multipart says so too.
  CHECK(text.substr(0, text.find("\r\n\r\n")).contains("Content-Transfer-Encoding: 8bit"));
}

TEST_CASE("dsn compose: addresses with UTF-8", "[dsn]") {
  dsn::Report report = failure();
  report.recipients[0].address = mailbox("Иван@пример.рф");
  report.recipients[0].diagnostic = "550 нет такого";
  SECTION("as they are when the letter came with SMTPUTF8") {
    report.international = true;
    std::string header = "Subject: Привет\r\n\r\n";
    auto text = dsn::compose(report, {.header = header, .body = {}});
    CHECK(text.contains("message/global-delivery-status"));
    auto parsed = dsn::parse_report(text);
    REQUIRE(parsed);
    CHECK(parsed->recipients[0].at("final-recipient") == "utf-8; Иван@xn--e1afmkfd.xn--p1ai");
    CHECK(parsed->recipients[0].at("diagnostic-code") == "smtp; 550 нет такого");
    CHECK(parsed->returned_type == "message/global-headers");
  }
  SECTION("escaped otherwise") {
    auto text = dsn::compose(report, {.header = letter_header, .body = {}});
    CHECK(base::is_ascii(text));
    auto parsed = dsn::parse_report(text);
    REQUIRE(parsed);
    CHECK(parsed->recipients[0].at("final-recipient") ==
          "utf-8; \\x{418}\\x{432}\\x{430}\\x{43D}@xn--e1afmkfd.xn--p1ai");
    CHECK(parsed->recipients[0].at("diagnostic-code") == "smtp; 550 ??? ??????");
  }
}

TEST_CASE("dsn compose: a hostile reply forges no field", "[dsn]") {
  dsn::Report report = failure();
  report.recipients[0].diagnostic =
      "550 no\r\nAction: delivered\r\n\r\n--=_x " + std::string(5000, 'x');
  auto text = dsn::compose(report, {.header = letter_header, .body = {}});
  auto parsed = dsn::parse_report(text);
  REQUIRE(parsed);
  REQUIRE(parsed->recipients.size() == 1);
  CHECK(parsed->recipients[0].at("action") == "failed");
  CHECK(longest_line(text) <= 999);
}

TEST_CASE("dsn compose: the boundary is not in the letter", "[dsn]") {
  std::string body = "--=_0123456789abcdef--\r\nstill the letter\r\n";
  auto parsed = dsn::parse_report(dsn::compose(failure(), {.header = letter_header, .body = body}));
  REQUIRE(parsed);
  CHECK(parsed->returned.ends_with("still the letter"));
}

TEST_CASE("dsn compose: several recipients, the gravest names the report", "[dsn]") {
  dsn::Report report = failure();
  report.recipients.push_back(report.recipients[0]);
  report.recipients[0].action = Action::relayed;
  report.recipients[0].status = "2.0.0";
  auto text = dsn::compose(report, {.header = letter_header, .body = {}});
  CHECK(text.contains("Subject: Undelivered"));
  auto parsed = dsn::parse_report(text);
  REQUIRE(parsed);
  REQUIRE(parsed->recipients.size() == 2);
  CHECK(parsed->recipients[0].at("status") == "2.0.0");
  CHECK(parsed->recipients[1].at("status") == "5.1.1");
}

TEST_CASE("dsn returns_body: RET, kind and size", "[dsn]") {
  using smtp::Ret;
  struct {
    Ret ret;
    Action action;
    uint64_t size;
    bool want;
  } table[] = {
      {Ret::unset, Action::failed, 100, true},  {Ret::unset, Action::failed, 101, false},
      {Ret::full, Action::failed, 100, true},   {Ret::full, Action::failed, 101, false},
      {Ret::headers, Action::failed, 1, false}, {Ret::full, Action::delayed, 1, false},
      {Ret::full, Action::delivered, 1, false},
  };
  for (const auto& row : table)
    CHECK(dsn::returns_body(row.ret, row.action, row.size, 100) == row.want);
}

TEST_CASE("dsn parse: cut anywhere it neither crashes nor invents recipients", "[dsn]") {
  std::string text = dsn::compose(failure(), {.header = letter_header, .body = "x\r\n"});
  REQUIRE(dsn::parse_report(text));
  for (size_t length = 0; length < text.size(); ++length) {
    auto parsed = dsn::parse_report(std::string_view(text).substr(0, length));
    if (parsed) CHECK(parsed->recipients.size() <= 1);
  }
  CHECK_FALSE(dsn::parse_report("Subject: x\r\n\r\nno report\r\n"));
  CHECK_FALSE(dsn::parse_report(""));
}
