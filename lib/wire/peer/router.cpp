#include "wire/peer/router.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "wire/peer/envelope.h"
#include "wire/peer/fields.h"

namespace tegu::wire::peer {

constexpr size_t max_login = 1024;
constexpr size_t max_password = 4096;

std::string_view name(RcptStatus status) {
  switch (status) {
    case RcptStatus::local:
      return "local";
    case RcptStatus::relay:
      return "relay";
    case RcptStatus::unknown:
      return "unknown";
    case RcptStatus::relay_denied:
      return "relay_denied";
    case RcptStatus::over_quota:
      return "over_quota";
  }
  bug("rcpt status");
}

template <class T>
static Decoded<T> checked(const Fields& fields, T value) {
  if (!fields.ok()) return std::unexpected(fields.error());
  return value;
}

Json encode(const RcptRequest& request) {
  Json object;
  object["op"] = "rcpt";
  object["address"] = octets(smtp::format(request.address));
  if (request.smtputf8) object["smtputf8"] = true;
  if (request.account) object["account"] = request.account.value;
  if (request.trusted) object["trusted"] = true;
  return object;
}

Decoded<RcptRequest> decode_rcpt_request(const Json& object) {
  Fields fields(object);
  RcptRequest request;
  request.address = decode_address(fields, "address", false);
  request.smtputf8 = fields.flag("smtputf8");
  request.account.value = fields.number_or("account", 0, 0, INT64_MAX);
  request.trusted = fields.flag("trusted");
  return checked(fields, std::move(request));
}

Json encode(const RcptAnswer& answer) {
  Json object;
  object["status"] = name(answer.status);
  if (!answer.deliveries.empty()) object["deliveries"] = encode(answer.deliveries);
  return object;
}

Decoded<RcptAnswer> decode_rcpt_answer(const Json& object) {
  using enum RcptStatus;
  Fields fields(object);
  RcptAnswer answer;
  answer.status = fields.word("status", {unknown, local, relay, relay_denied, over_quota});
  answer.deliveries = decode_deliveries(fields, "deliveries");
  if (answer.accepted() == answer.deliveries.empty()) {
    fields.fail("deliveries", "do not fit the status");
  }
  return checked(fields, std::move(answer));
}

Json encode(const LoginRequest& request) {
  return {{"op", "login"},
          {"login", octets(request.login)},
          {"password", octets(request.password)},
          {"peer", request.peer},
          {"service", request.service}};
}

Decoded<LoginRequest> decode_login_request(const Json& object) {
  Fields fields(object);
  LoginRequest request;
  request.login = fields.text("login", max_login);
  request.password = fields.text("password", max_password);
  request.peer = fields.text("peer", 64);
  request.service = fields.text("service", 64);
  return checked(fields, std::move(request));
}

Json encode(const LoginAnswer& answer) {
  return {{"account", answer.account.value}, {"address", octets(answer.address)}};
}

Decoded<LoginAnswer> decode_login_answer(const Json& object) {
  Fields fields(object);
  LoginAnswer answer;
  answer.account.value = fields.number("account", 1, INT64_MAX);
  answer.address = fields.text("address", max_login);
  return checked(fields, std::move(answer));
}

Json encode(const SenderRequest& request) {
  return {{"op", "sender"},
          {"account", request.account.value},
          {"address", octets(smtp::format(request.address))}};
}

Decoded<SenderRequest> decode_sender_request(const Json& object) {
  Fields fields(object);
  SenderRequest request;
  request.account.value = fields.number("account", 1, INT64_MAX);
  request.address = decode_address(fields, "address", false);
  return checked(fields, std::move(request));
}

Json encode(const SenderAnswer& answer) {
  return {{"allowed", answer.allowed}};
}

Decoded<SenderAnswer> decode_sender_answer(const Json& object) {
  Fields fields(object);
  if (!fields.has("allowed")) fields.fail("allowed", "missing");
  SenderAnswer answer{fields.flag("allowed")};
  return checked(fields, answer);
}

}  // namespace tegu::wire::peer
