#include "model/queue/rows.h"

#include "base/error.h"
#include "base/log.h"

namespace tegu::model::queue {

using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using wire::smtp::Address;
using wire::smtp::Notify;

void add_items(Params& params, std::span<const Item* const> items) {
  std::vector<int64_t> ids, contents, sizes;
  std::vector<std::string> senders;
  std::vector<std::string_view> log_ids, envids, logins;
  std::vector<int16_t> rets, bodies;
  std::vector<bool> smtputf8s;
  std::vector<base::WallTime> created, expires;
  for (const Item* item : items) {
    ids.push_back(item->id.value);
    contents.push_back(item->content.value);
    log_ids.push_back(item->log_id);
    senders.push_back(wire::smtp::format(item->sender));
    sizes.push_back(static_cast<int64_t>(item->size));
    rets.push_back(static_cast<int16_t>(item->ret));
    envids.push_back(item->envid);
    bodies.push_back(static_cast<int16_t>(item->body));
    smtputf8s.push_back(item->smtputf8);
    logins.push_back(item->login);
    created.push_back(item->created_at);
    expires.push_back(item->expires_at);
  }
  params.int8s(ids).int8s(contents).texts(log_ids).texts(senders).int8s(sizes).int2s(rets);
  params.texts(envids).int2s(bodies).bools(smtputf8s).texts(logins).times(created);
  params.times(expires);
}

static int16_t notify_bits(const Notify& notify) {
  return static_cast<int16_t>(notify.never | notify.success << 1 | notify.failure << 2 |
                              notify.delay << 3);
}

void add_recipients(Params& params, std::span<const ItemRecipient> recipients) {
  std::vector<int64_t> items;
  std::vector<int32_t> seqs;
  std::vector<std::string> addresses, original_types, originals, states;
  std::vector<std::string_view> next_hops;
  std::vector<int16_t> notifies;
  std::vector<base::WallTime> next_tries;
  for (auto [item, recipient] : recipients) {
    items.push_back(item.value);
    seqs.push_back(recipient->seq);
    addresses.push_back(wire::smtp::format(recipient->address));
    next_hops.push_back(recipient->next_hop);
    notifies.push_back(notify_bits(recipient->notify));
    original_types.push_back(recipient->original ? recipient->original->type : "");
    originals.push_back(recipient->original ? recipient->original->address : "");
    states.push_back(recipient->state == State::held ? "held" : "ready");
    next_tries.push_back(recipient->next_try_at);
  }
  params.int8s(items).int4s(seqs).texts(addresses).texts(next_hops);
  params.int2s(notifies).texts(original_types).texts(originals).texts(states).times(next_tries);
}

static Address address_of(std::string_view text) {
  if (text.empty()) return {};
  auto address = wire::smtp::parse_mailbox(text, true);
  if (!address) throw base::Error("queue: an address in the database is damaged");
  return std::move(*address);
}

template <class Enum>
static Enum enum_of(int64_t value, Enum last) {
  if (value < 0 || value > static_cast<int64_t>(last)) {
    throw base::Error("queue: a number in the database is out of range");
  }
  return static_cast<Enum>(value);
}

static Item item_of(Row row) {
  Item item;
  item.id.value = row.int8(0);
  item.content.value = row.int8(1);
  item.log_id = row.text(2);
  item.sender = address_of(row.text(3));
  item.size = static_cast<uint64_t>(row.int8(4));
  item.ret = enum_of(row.int8(5), wire::smtp::Ret::headers);
  item.envid = row.text(6);
  item.body = enum_of(row.int8(7), wire::smtp::BodyType::binary_mime);
  item.smtputf8 = row.boolean(8);
  item.login = row.text(9);
  item.created_at = row.time(10);
  item.expires_at = row.time(11);
  return item;
}

static Recipient recipient_of(Row row) {
  Recipient recipient;
  recipient.seq = row.int4(12);
  recipient.address = address_of(row.text(13));
  recipient.next_hop = row.text(14);
  int64_t notify = row.int8(15);
  recipient.notify = {(notify & 1) != 0, (notify & 2) != 0, (notify & 4) != 0, (notify & 8) != 0};
  if (!row.text(16).empty()) {
    recipient.original = {std::string(row.text(16)), std::string(row.text(17))};
  }
  recipient.state = row.text(18) == "held" ? State::held : State::ready;
  recipient.next_try_at = row.time(19);
  recipient.attempts = row.int4(20);
  recipient.last_try_at = row.time_or_null(21);
  recipient.last_reply = row.text(22);
  recipient.delay_told = row.boolean(23);
  recipient.leased_by = row.text_or_null(24).value_or("");
  return recipient;
}

std::vector<Lease> group(const Rows& rows) {
  std::vector<Lease> leases;
  for (Row row : rows) {
    // One damaged row must not stop the queue.
    try {
      Recipient recipient = recipient_of(row);
      if (leases.empty() || leases.back().item.id.value != row.int8(0)) {
        leases.push_back({item_of(row), {}});
      }
      leases.back().recipients.push_back(std::move(recipient));
    } catch (const base::Error& error) {
      base::log::error(
          "queue.row_damaged",
          {{"item", row.int8(0)}, {"recipient", row.int8(12)}, {"error", error.what()}});
    }
  }
  return leases;
}

}  // namespace tegu::model::queue
