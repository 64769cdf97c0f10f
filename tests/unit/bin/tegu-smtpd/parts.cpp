// The small parts of a session: networks, admission, rates, header scan, spool, trace fields.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "admission.h"
#include "base/error.h"
#include "header_scan.h"
#include "network.h"
#include "rate_guard.h"
#include "spool.h"
#include "trace_headers.h"
#include "wire/peer/line.h"

using namespace tegu::smtpd;
using tegu::io::Endpoint;
using namespace std::chrono_literals;

namespace {

Endpoint at(std::string_view address) {
  return *Endpoint::from_address(address, 1);
}

std::string content(int fd) {
  std::string text(400'000, '\0');
  text.resize(static_cast<size_t>(pread(fd, text.data(), text.size(), 0)));
  return text;
}

}  // namespace

TEST_CASE("smtpd network: bad ones are refused", "[smtpd]") {
  for (std::string_view text : {"", "x", "192.0.2.0/33", "192.0.2.1/24", "192.0.2.0/",
                                "192.0.2.0/x", "2001:db8::/129", "2001:db8::1/32", "192.0.2/24"}) {
    INFO(text);
    CHECK_FALSE(Network::parse(text));
  }
  CHECK(Network::parse("0.0.0.0/0")->contains(at("203.0.113.9")));
  CHECK_FALSE(Network::parse("0.0.0.0/0")->contains(at("2001:db8::1")));
  CHECK_FALSE(Network::parse("0.0.0.0/0")->contains(Endpoint()));
  CHECK(Network::parse("192.0.2.128/25")->contains(at("192.0.2.255")));
  CHECK_FALSE(Network::parse("192.0.2.128/25")->contains(at("192.0.2.127")));
}

TEST_CASE("smtpd admission: counts in all and by address", "[smtpd]") {
  Admission admission;
  using Answer = Admission::Answer;
  {
    auto one = admission.enter(at("192.0.2.1"), 4, 2);
    auto two = admission.enter(at("192.0.2.1"), 4, 2);
    CHECK(two.answer == Answer::admitted);
    CHECK(admission.enter(at("192.0.2.1"), 4, 2).answer == Answer::too_many_of_address);
    auto other = admission.enter(at("192.0.2.2"), 4, 2);
    auto local = admission.enter(Endpoint(), 4, 2);
    CHECK(local.answer == Answer::admitted);
    CHECK(admission.enter(at("192.0.2.3"), 4, 2).answer == Answer::full);
    CHECK(admission.size() == 4);
    auto moved = std::move(*one.place);
    CHECK(admission.size() == 4);
  }
  CHECK(admission.size() == 0);
  auto first = admission.enter(at("2001:db8::1"), 4, 1);
  CHECK(admission.enter(at("2001:db8::ffff"), 4, 1).answer == Answer::too_many_of_address);
  CHECK(admission.enter(at("2001:db8:0:1::1"), 4, 1).answer == Answer::admitted);
}

TEST_CASE("smtpd rate guard: so many octets in each span", "[smtpd]") {
  tegu::io::Deadline start{};
  RateGuard guard(start, 10, 60s);
  guard.received(599);
  CHECK(guard.keeps_up(start + 59s));
  RateGuard slow = guard;
  CHECK_FALSE(slow.keeps_up(start + 60s));
  guard.received(1);
  CHECK(guard.keeps_up(start + 60s));
  CHECK(guard.end() == start + 120s);
  CHECK_FALSE(guard.keeps_up(start + 120s));
}

TEST_CASE("smtpd header scan: split at every byte", "[smtpd]") {
  const std::string letter =
      "Received: a\r\n\tb\r\nreceived : c\r\nX-Received: d\r\nMESSAGE-ID: <i@d>\r\nDate: now\r\n"
      " Received: folded\r\n\r\nReceived: in the body\r\n";
  const size_t blank = letter.find("\r\n\r\n") + 2;
  for (size_t cut = 0; cut <= letter.size(); ++cut) {
    INFO("cut at " << cut);
    HeaderScan scan;
    auto first = scan.feed(std::string_view(letter).substr(0, cut));
    auto second = scan.feed(std::string_view(letter).substr(cut));
    CHECK(scan.ended());
    CHECK(scan.received() == 2);
    CHECK(scan.has_date());
    CHECK(scan.has_message_id());
    CHECK(scan.message_id() == " <i@d>\r");
    CHECK((first ? *first : *second + cut) == blank);
    CHECK_FALSE((first && second));
  }
  HeaderScan none;
  CHECK_FALSE(none.feed("just text\r\nReceived: x\r\n"));
  CHECK(none.ended());
  CHECK(none.received() == 0);
  HeaderScan wide;
  wide.feed(std::string(10000, 'x') + ": y\r\nReceived: x\r\n");
  CHECK(wide.received() == 1);
  HeaderScan open;
  open.feed("Message-ID: " + std::string(10000, 'x'));
  CHECK(open.message_id().size() == 250);
}

TEST_CASE("smtpd spool: here, in memory, then in a file, whole in each", "[smtpd]") {
  constexpr size_t here = tegu::wire::peer::max_octets;
  std::string text(here, 'x');
  text.back() = 'y';

  Spool small("/tmp", 2 * here, 0);
  small.append(text.substr(0, 5));
  small.append(text.substr(5));
  auto letter = small.finish();
  CHECK(letter.octets == text);
  CHECK_FALSE(letter.fd);

  Spool larger("/tmp", 2 * here, 0);
  larger.append(text);
  larger.append("67890");
  CHECK(larger.size() == here + 5);
  letter = larger.finish();
  CHECK(letter.octets.empty());
  CHECK(content(letter.fd.get()) == text + "67890");
  CHECK(write(letter.fd.get(), "x", 1) == -1);  // sealed
  CHECK(ftruncate(letter.fd.get(), 1) == -1);

  Spool grown("/tmp", 10, 0);
  grown.append("12345");
  grown.append("678901");
  grown.append("2");
  CHECK(grown.size() == 12);
  letter = grown.finish();
  CHECK(letter.octets.empty());
  CHECK(content(letter.fd.get()) == "123456789012");
  CHECK(write(letter.fd.get(), "x", 1) == 1);  // a file

  Spool moved("/tmp", here + 10, 0);
  moved.append(text);
  moved.append("12345");  // memory
  moved.append("678901");
  letter = moved.finish();
  CHECK(content(letter.fd.get()) == text + "12345678901");
  CHECK(write(letter.fd.get(), "x", 1) == 1);

  Spool expected("/tmp", 10, 11);
  expected.append("1");
  CHECK(content(expected.finish().fd.get()) == "1");
  CHECK_THROWS_AS(Spool("/no/such/folder", 10, 11), tegu::base::SystemError);
  CHECK(has_room("/tmp", 0));
  CHECK_FALSE(has_room("/tmp", UINT64_MAX));
}

TEST_CASE("smtpd trace: protocol names", "[smtpd]") {
  struct Row {
    bool lmtp, extended, tls, authenticated, utf8;
    std::string want;
  };
  const std::vector<Row> rows = {
      {false, false, false, false, false, "SMTP"},   {false, false, true, false, false, "SMTP"},
      {false, true, false, false, false, "ESMTP"},   {false, true, true, false, false, "ESMTPS"},
      {false, true, true, true, false, "ESMTPSA"},   {false, true, true, true, true, "UTF8SMTPSA"},
      {false, true, false, false, true, "UTF8SMTP"}, {true, true, false, false, false, "LMTP"},
      {true, true, false, false, true, "UTF8LMTP"},
  };
  for (const Row& row : rows) {
    Hop hop;
    hop.lmtp = row.lmtp;
    hop.extended = row.extended;
    hop.authenticated = row.authenticated;
    if (row.tls) hop.tls.version = "TLSv1.3";
    CHECK(with_protocol(hop, row.utf8) == row.want);
  }
}

TEST_CASE("smtpd trace: Received names one recipient, never two", "[smtpd]") {
  Hop hop;
  hop.helo = "c.org";
  hop.peer = at("2001:db8::1");
  hop.extended = true;
  tegu::wire::smtp::Envelope envelope;
  envelope.id = "i1";
  envelope.recipients.push_back({{"a b", "d.org"}, {}, {}, {}});
  tegu::base::WallTime noon{std::chrono::sys_days{2026y / 11 / 21} + 12h};
  CHECK(
      received_field(hop, envelope, "mx.org", noon) ==
      "Received: from c.org (unknown [IPv6:2001:db8::1])\r\n\tby mx.org (Tegu) with ESMTP id i1\r\n"
      "\tfor <\"a b\"@d.org>;\r\n\tSat, 21 Nov 2026 12:00:00 +0000\r\n");
  envelope.recipients.push_back({{"c", "d.org"}, {}, {}, {}});
  CHECK(received_field(hop, envelope, "mx.org", noon).find("for <") == std::string::npos);
  CHECK(date_field(noon) == "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n");
  CHECK(message_id_field("mx.org", noon) != message_id_field("mx.org", noon));
}
