// The envelope of a letter as JSON: the "envelope" of queue.sock's `accept`.
//   {"id":"k3x...","from":"a@b.org","ret":"full","envid":"Q1","smtputf8":true,"body":"7bit",
//    "login":"a@b.org","recipients":[{"to":"c@d.org","notify":["failure","delay"],
//    "orcpt":{"type":"rfc822","address":"c@d.org"},
//    "deliveries":[{"account":5},{"relay":"c@e.org","hop":"smtp://mail.e.org:25"}]}]}
// Everything but id, from and recipients may be missing. hop "mx": the MX of the relay address.
#pragma once
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "wire/peer/fields.h"
#include "wire/smtp/envelope.h"

namespace tegu::wire::peer {

constexpr size_t max_recipients = 20'000;
constexpr size_t max_deliveries = 20'000;  // of one recipient

Json encode(const smtp::Envelope& envelope);
[[nodiscard]] std::expected<smtp::Envelope, std::string> decode_envelope(const Json& object);

Json encode(const std::vector<smtp::Delivery>& deliveries);
// The list in `field`; empty when it is missing. Mistakes go to `fields`.
std::vector<smtp::Delivery> decode_deliveries(Fields& fields, const char* field);

// A mailbox in `field`; "" is the null path where null_allowed.
smtp::Address decode_address(Fields& fields, const char* field, bool null_allowed);

}  // namespace tegu::wire::peer
