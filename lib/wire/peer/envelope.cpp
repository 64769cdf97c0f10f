#include "wire/peer/envelope.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace tegu::wire::smtp {

static std::string_view name(Ret ret) {
  switch (ret) {
    case Ret::unset:
      return "unset";
    case Ret::full:
      return "full";
    case Ret::headers:
      return "headers";
  }
  bug("envelope ret");
}

static std::string_view name(BodyType body) {
  switch (body) {
    case BodyType::seven_bit:
      return "7bit";
    case BodyType::eight_bit_mime:
      return "8bitmime";
    case BodyType::binary_mime:
      return "binarymime";
  }
  bug("envelope body");
}

}  // namespace tegu::wire::smtp

namespace tegu::wire::peer {

using smtp::BodyType;
using smtp::Ret;

constexpr std::string_view hop_by_mx = "mx";

static Json encode(const smtp::Notify& notify) {
  Json words = Json::array();
  if (notify.never) words.push_back("never");
  if (notify.success) words.push_back("success");
  if (notify.failure) words.push_back("failure");
  if (notify.delay) words.push_back("delay");
  return words;
}

static smtp::Notify decode_notify(Fields& fields) {
  smtp::Notify notify;
  for (const Json& word : fields.list("notify", 4)) {
    if (word == "never") {
      notify.never = true;
    } else if (word == "success") {
      notify.success = true;
    } else if (word == "failure") {
      notify.failure = true;
    } else if (word == "delay") {
      notify.delay = true;
    } else {
      fields.fail("notify", "unknown word");
    }
  }
  // RFC 3461 4.1: NEVER stands alone.
  if (notify.never && (notify.success || notify.failure || notify.delay)) {
    fields.fail("notify", "never excludes the others");
  }
  return notify;
}

Json encode(const std::vector<smtp::Delivery>& deliveries) {
  Json list = Json::array();
  for (const auto& delivery : deliveries) {
    if (auto* local = std::get_if<smtp::LocalDelivery>(&delivery)) {
      list.emplace_back()["account"] = local->account.value;
    } else {
      const auto& relay = std::get<smtp::RelayDelivery>(delivery);
      list.push_back({{"relay", octets(smtp::format(relay.address))},
                      {"hop", relay.next_hop.empty() ? hop_by_mx : relay.next_hop}});
    }
  }
  return list;
}

smtp::Address decode_address(Fields& fields, const char* field, bool null_allowed) {
  std::string text = fields.text(field, 4 * smtp::max_path);
  if (!fields.ok() || (text.empty() && null_allowed)) return {};
  auto address = smtp::parse_mailbox(text, true);
  if (!address) {
    fields.fail(field, smtp::describe(address.error()));
    return {};
  }
  return *std::move(address);
}

static smtp::Delivery decode_delivery(const Json& object, Fields& outer, const char* field) {
  Fields fields(object);
  smtp::Delivery delivery;
  if (fields.has("account")) {
    delivery = smtp::LocalDelivery{base::AccountId{fields.number("account", 1, INT64_MAX)}};
  } else {
    auto address = decode_address(fields, "relay", false);
    std::string hop = fields.text_or("hop", hop_by_mx, 1024);
    if (hop == hop_by_mx) hop.clear();
    delivery = smtp::RelayDelivery{std::move(address), std::move(hop)};
  }
  if (!fields.ok()) outer.fail(field, fields.error());
  return delivery;
}

std::vector<smtp::Delivery> decode_deliveries(Fields& fields, const char* field) {
  std::vector<smtp::Delivery> deliveries;
  if (!fields.has(field)) return deliveries;
  for (const Json& object : fields.list(field, max_deliveries)) {
    deliveries.push_back(decode_delivery(object, fields, field));
    if (!fields.ok()) return {};
  }
  return deliveries;
}

static Json encode(const smtp::Recipient& recipient) {
  Json object;
  object["to"] = octets(smtp::format(recipient.address));
  if (recipient.notify.given()) object["notify"] = encode(recipient.notify);
  if (recipient.original) {
    object["orcpt"] = {{"type", octets(recipient.original->type)},
                       {"address", octets(recipient.original->address)}};
  }
  if (!recipient.deliveries.empty()) object["deliveries"] = encode(recipient.deliveries);
  return object;
}

static smtp::Recipient decode_recipient(const Json& object, Fields& outer) {
  Fields fields(object);
  smtp::Recipient recipient;
  recipient.address = decode_address(fields, "to", false);
  if (fields.has("notify")) recipient.notify = decode_notify(fields);
  if (fields.has("orcpt")) {
    Fields original(fields.object("orcpt"));
    recipient.original.emplace(original.text("type", 64), original.text("address", 1024));
    if (!original.ok()) fields.fail("orcpt", original.error());
  }
  recipient.deliveries = decode_deliveries(fields, "deliveries");
  if (!fields.ok()) outer.fail("recipients", fields.error());
  return recipient;
}

Json encode(const smtp::Envelope& envelope) {
  Json recipients = Json::array();
  for (const auto& recipient : envelope.recipients) recipients.push_back(encode(recipient));
  // A list of fields in braces would make each of them twice: this is on the way of every letter.
  Json object;
  object["id"] = envelope.id;
  object["from"] = octets(smtp::format(envelope.reverse_path));
  object["body"] = name(envelope.body);
  object["recipients"] = std::move(recipients);
  if (envelope.ret != Ret::unset) object["ret"] = name(envelope.ret);
  if (!envelope.envid.empty()) object["envid"] = octets(envelope.envid);
  if (envelope.smtputf8) object["smtputf8"] = true;
  if (!envelope.login.empty()) object["login"] = octets(envelope.login);
  return object;
}

static bool is_letter_name(std::string_view id) {
  for (char c : id) {
    if (!base::is_alnum(c) && c != '-' && c != '_') return false;
  }
  return !id.empty();
}

std::expected<smtp::Envelope, std::string> decode_envelope(const Json& object) {
  Fields fields(object);
  smtp::Envelope envelope;
  envelope.id = fields.text("id", 64);
  if (!is_letter_name(envelope.id)) fields.fail("id", "wants letters, digits, - and _");
  envelope.reverse_path = decode_address(fields, "from", true);
  if (fields.has("ret")) envelope.ret = fields.word("ret", {Ret::full, Ret::headers});
  envelope.envid = fields.text_or("envid", "", 1024);
  envelope.smtputf8 = fields.flag("smtputf8");
  if (fields.has("body")) {
    envelope.body =
        fields.word("body", {BodyType::seven_bit, BodyType::eight_bit_mime, BodyType::binary_mime});
  }
  envelope.login = fields.text_or("login", "", 1024);
  for (const Json& recipient : fields.list("recipients", max_recipients)) {
    envelope.recipients.push_back(decode_recipient(recipient, fields));
    if (!fields.ok()) break;
  }
  if (envelope.recipients.empty()) fields.fail("recipients", "empty");
  if (!fields.ok()) return std::unexpected("envelope: " + fields.error());
  return envelope;
}

}  // namespace tegu::wire::peer
