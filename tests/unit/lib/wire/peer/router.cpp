// Questions to the router and its answers.
#include "wire/peer/router.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace tegu;
using namespace tegu::wire::peer;
namespace smtp = tegu::wire::smtp;

TEST_CASE("peer router: questions and answers come back equal", "[peer]") {
  RcptRequest rcpt{{"a", "b.org"}, true, base::AccountId{5}, true};
  CHECK(decode_rcpt_request(encode(rcpt)).value() == rcpt);
  RcptAnswer fanned{RcptStatus::local,
                    {smtp::LocalDelivery{base::AccountId{7}},
                     smtp::RelayDelivery{{"x", "y.org"}, "lmtp:unix:/run/x"}}};
  CHECK(decode_rcpt_answer(encode(fanned)).value() == fanned);
  for (auto status : {RcptStatus::unknown, RcptStatus::relay_denied, RcptStatus::over_quota}) {
    CHECK(decode_rcpt_answer(encode(RcptAnswer{status, {}})).value().status == status);
  }
  LoginRequest login{"a@b.org", std::string("p\0\xff", 3), "192.0.2.1", "imap"};
  CHECK(decode_login_request(encode(login)).value() == login);
  LoginAnswer in{base::AccountId{7}, "a@b.org"};
  CHECK(decode_login_answer(encode(in)).value() == in);
  SenderRequest sender{base::AccountId{7}, {"sales", "b.org"}};
  CHECK(decode_sender_request(encode(sender)).value() == sender);
  CHECK(decode_sender_answer(encode(SenderAnswer{true}))->allowed);
  CHECK(!decode_sender_answer(encode(SenderAnswer{false}))->allowed);
}

TEST_CASE("peer router: answers that contradict themselves are refused", "[peer]") {
  for (const char* bad :
       {R"({"status":"local"})", R"({"status":"unknown","deliveries":[{"account":1}]})",
        R"({"status":"perhaps","deliveries":[]})", R"({})"}) {
    INFO(bad);
    CHECK(!decode_rcpt_answer(Json::parse(bad)));
  }
  CHECK(!decode_sender_answer(Json::parse("{}")));
  CHECK(!decode_login_answer(Json::parse(R"({"account":0,"address":"a@b.org"})")));
}
