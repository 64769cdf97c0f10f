#include "wire/mime/envelope.h"

#include <optional>
#include <vector>

#include "base/text.h"
#include "wire/mime/address.h"
#include "wire/mime/header.h"
#include "wire/mime/wire_list.h"

namespace tegu::wire::mime {

namespace {
struct Fields {
  std::optional<std::string> date, subject, in_reply_to, message_id;
  std::vector<Address> from, sender, reply_to, to, cc, bcc;
};
}  // namespace

static Fields collect(std::string_view header, const Limits& limits) {
  Fields fields;
  struct Text {
    std::string_view name;
    std::optional<std::string>& value;
  };
  struct List {
    std::string_view name;
    std::vector<Address>& value;
    bool several;
  };
  const Text texts[] = {{"date", fields.date},
                        {"subject", fields.subject},
                        {"in-reply-to", fields.in_reply_to},
                        {"message-id", fields.message_id}};
  const List lists[] = {{"from", fields.from, false},
                        {"sender", fields.sender, false},
                        {"reply-to", fields.reply_to, false},
                        {"to", fields.to, true},
                        {"cc", fields.cc, true},
                        {"bcc", fields.bcc, true}};
  for (auto& field : header_fields(header, limits)) {
    for (auto& [name, value] : texts) {
      if (!value && base::iequals(field.name, name)) value = unfold(field.value);
    }
    for (auto& [name, value, several] : lists) {
      if (!base::iequals(field.name, name) || (!several && !value.empty())) continue;
      for (auto& address : parse_addresses(field.value, limits)) {
        if (value.size() < limits.addresses) value.push_back(std::move(address));
      }
    }
  }
  return fields;
}

static void append_addresses(std::string& out, const std::vector<Address>& list) {
  if (list.empty()) {
    out += "NIL ";
    return;
  }
  out += '(';
  for (auto& address : list) {
    out += '(';
    append_nstring(out, address.name);
    out += ' ';
    append_nstring(out, address.route);
    out += ' ';
    append_nstring(out, address.mailbox);
    out += ' ';
    append_nstring(out, address.host);
    out += ')';
  }
  out += ") ";
}

std::string envelope_wire(std::string_view header, const Limits& limits) {
  auto fields = collect(header, limits);
  // RFC 9051 7.5.2: an absent or empty Sender or Reply-To is the same as From.
  if (fields.sender.empty()) fields.sender = fields.from;
  if (fields.reply_to.empty()) fields.reply_to = fields.from;
  std::string out = "(";
  append_nstring(out, fields.date);
  out += ' ';
  append_nstring(out, fields.subject);
  out += ' ';
  for (auto* list :
       {&fields.from, &fields.sender, &fields.reply_to, &fields.to, &fields.cc, &fields.bcc}) {
    append_addresses(out, *list);
  }
  append_nstring(out, fields.in_reply_to);
  out += ' ';
  append_nstring(out, fields.message_id);
  return out + ')';
}

}  // namespace tegu::wire::mime
