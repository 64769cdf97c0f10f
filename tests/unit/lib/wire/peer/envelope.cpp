// Envelopes as JSON: nothing is lost on the way, nothing wrong gets through.
#include "wire/peer/envelope.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "wire/peer/line.h"
#include "wire/peer/queue.h"

using namespace tegu;
using namespace tegu::wire::peer;
namespace smtp = tegu::wire::smtp;

static smtp::Envelope rich_envelope() {
  smtp::Envelope envelope;
  envelope.id = "k3x9";
  envelope.reverse_path = {"a b", "b.org"};
  envelope.ret = smtp::Ret::headers;
  envelope.envid = "Q\xff\x01";
  envelope.smtputf8 = true;
  envelope.body = smtp::BodyType::binary_mime;
  envelope.login = "a@b.org";
  smtp::Recipient plain;
  plain.address = {"postmaster", ""};
  smtp::Recipient full;
  full.address = {"\xc3\xa9", "d.org"};
  full.notify = {.never = false, .success = true, .failure = true, .delay = true};
  full.original = smtp::OriginalRecipient{"rfc822", "c@d.org"};
  full.deliveries = {smtp::LocalDelivery{base::AccountId{5}},
                     smtp::RelayDelivery{{"c", "e.org"}, "smtp://mail.e.org:25"},
                     smtp::RelayDelivery{{"c", "f.org"}, ""}};
  envelope.recipients = {plain, full};
  return envelope;
}

TEST_CASE("peer envelope: comes back equal", "[peer]") {
  smtp::Envelope spare;
  spare.id = "x";
  spare.recipients.push_back(
      {.address = {"c", "d.org"}, .notify = {.never = true}, .original = {}, .deliveries = {}});
  for (const auto& envelope : {rich_envelope(), spare}) {
    auto line = parse_line(format_line(encode(envelope)));
    REQUIRE(line);
    auto decoded = decode_envelope(*line);
    REQUIRE(decoded);
    CHECK(*decoded == envelope);
    AcceptRequest request{envelope, 4096};
    CHECK(decode_accept_request(encode(request)).value() == request);
  }
}

TEST_CASE("peer envelope: the form that people write", "[peer]") {
  auto decoded = decode_envelope(
      Json::parse(R"({"id":"m1","from":"","recipients":[{"to":"c@D.org","notify":["failure"],)"
                  R"("deliveries":[{"account":5},{"relay":"c@e.org"}]}]})"));
  REQUIRE(decoded);
  CHECK(decoded->reverse_path.is_null());
  CHECK(decoded->body == smtp::BodyType::eight_bit_mime);
  CHECK(decoded->recipients[0].address.domain == "d.org");
  CHECK(decoded->recipients[0].deliveries ==
        std::vector<smtp::Delivery>{smtp::LocalDelivery{base::AccountId{5}},
                                    smtp::RelayDelivery{{"c", "e.org"}, ""}});
}

TEST_CASE("peer envelope: mistakes are named", "[peer]") {
  const Json good = encode(rich_envelope());
  struct Case {
    const char* pointer;
    Json value;
    const char* want;
  };
  for (const auto& [pointer, value, want] : std::vector<Case>{
           {"/id", "", "envelope: id: wants letters, digits, - and _"},
           {"/id", "a\nb", "envelope: id: wants letters, digits, - and _"},
           {"/from", "nobody", "envelope: from:"},
           {"/from", "a@b.org>\r\nRCPT", "envelope: from:"},
           {"/ret", "unset", "envelope: ret: unknown word"},
           {"/body", "9bit", "envelope: body: unknown word"},
           {"/smtputf8", 1, "envelope: smtputf8: wants true or false"},
           {"/recipients", Json::array(), "envelope: recipients: empty"},
           {"/recipients/0", 5, "envelope: recipients: request: not an object"},
           {"/recipients/1/to", "", "envelope: recipients: to:"},
           {"/recipients/1/notify", Json::array({"never", "delay"}),
            "envelope: recipients: notify: never excludes the others"},
           {"/recipients/1/notify", Json::array({"always"}), "envelope: recipients: notify:"},
           {"/recipients/1/deliveries/0/account", 0, "envelope: recipients: deliveries: account:"},
           {"/recipients/1/deliveries/1/relay", 7, "envelope: recipients: deliveries: relay:"},
           {"/recipients/1/orcpt", "x", "envelope: recipients: orcpt: wants an object"},
       }) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    auto decoded = decode_envelope(bad);
    INFO(pointer);
    REQUIRE(!decoded);
    CHECK_THAT(decoded.error(), Catch::StartsWith(want));
  }
}

TEST_CASE("peer queue: a letter has a size, an answer says stored", "[peer]") {
  Json request = encode(AcceptRequest{rich_envelope(), 10});
  request["size"] = 0;
  CHECK(!decode_accept_request(request));
  request["size"] = max_letter + 1;
  CHECK(!decode_accept_request(request));
  CHECK(decode_accept_answer(encode(AcceptAnswer{base::ContentId{17}}))->content.value == 17);
  CHECK(!decode_accept_answer(Json::parse(R"({"content":17})")));
}
