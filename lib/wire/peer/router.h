// What is asked over router.sock (protocol "tegu-router"): who is this recipient, is this login
// right, may this account send as that address.
//   {"op":"rcpt","address":"a@b.org","smtputf8":true,"account":5,"trusted":true}
//     -> {"status":"local","deliveries":[{"account":7}]}
//   {"op":"login","login":"a@b.org","password":"...","peer":"192.0.2.1","service":"imap"}
//     -> {"account":7,"address":"a@b.org"}, or refused, or temporary
//   {"op":"sender","account":7,"address":"sales@b.org"} -> {"allowed":true}
#pragma once
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "wire/smtp/envelope.h"

namespace tegu::wire::peer {

using Json = nlohmann::json;
template <class T>
using Decoded = std::expected<T, std::string>;  // the error is for a log

constexpr std::string_view router_protocol = "tegu-router";
constexpr int router_version = 1;

struct RcptRequest {
  smtp::Address address;
  bool smtputf8 = false;
  base::AccountId account;  // who submits; 0: a stranger
  bool trusted = false;     // may relay without an account: a network of ours, the queue, a tool
  bool operator==(const RcptRequest&) const = default;
};

enum class RcptStatus { local, relay, unknown, relay_denied, over_quota };
std::string_view name(RcptStatus status);

// `local` and `relay` tell where the address belongs; the deliveries may mix both (aliases fan
// out). The other statuses have none.
struct RcptAnswer {
  RcptStatus status = RcptStatus::unknown;
  std::vector<smtp::Delivery> deliveries;
  bool accepted() const { return status == RcptStatus::local || status == RcptStatus::relay; }
  bool operator==(const RcptAnswer&) const = default;
};

struct LoginRequest {
  std::string login;
  std::string password;  // any octets; wipe it after use
  std::string peer;      // address without port
  std::string service;   // "imap", "submission" ...
  bool operator==(const LoginRequest&) const = default;
};

struct LoginAnswer {
  base::AccountId account;
  std::string address;  // canonical
  bool operator==(const LoginAnswer&) const = default;
};

struct SenderRequest {
  base::AccountId account;
  smtp::Address address;
  bool operator==(const SenderRequest&) const = default;
};

struct SenderAnswer {
  bool allowed = false;
  bool operator==(const SenderAnswer&) const = default;
};

Json encode(const RcptRequest& request);
Json encode(const RcptAnswer& answer);
Json encode(const LoginRequest& request);
Json encode(const LoginAnswer& answer);
Json encode(const SenderRequest& request);
Json encode(const SenderAnswer& answer);
[[nodiscard]] Decoded<RcptRequest> decode_rcpt_request(const Json& object);
[[nodiscard]] Decoded<RcptAnswer> decode_rcpt_answer(const Json& object);
[[nodiscard]] Decoded<LoginRequest> decode_login_request(const Json& object);
[[nodiscard]] Decoded<LoginAnswer> decode_login_answer(const Json& object);
[[nodiscard]] Decoded<SenderRequest> decode_sender_request(const Json& object);
[[nodiscard]] Decoded<SenderAnswer> decode_sender_answer(const Json& object);

}  // namespace tegu::wire::peer
