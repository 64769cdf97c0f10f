// A Ledger in memory that keeps the promises of the real one and can break at any commit.
#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "io/sync.h"
#include "ledger.h"
#include "model/content/packing.h"
#include "net/pg/error.h"

namespace tegu::tests {

class FakeLedger : public queue::Ledger {
 public:
  struct Row {
    queue::QueuedRecipient recipient;
    base::WallTime next_try{};
    std::string reply;
    bool leased = false;
  };
  struct Item {
    queue::QueuedLetter letter;
    std::map<int32_t, Row> rows;
  };
  enum class Fault { none, away, lost_but_done };

  std::map<int64_t, std::string> contents;
  std::map<int64_t, std::vector<std::string>> mailboxes;  // by account
  std::map<int64_t, Item> items;
  size_t commits = 0;
  size_t loose = 0;            // contents that lost a reference; half of them have others
  size_t fault_at = SIZE_MAX;  // number of the commit
  Fault fault = Fault::none;
  bool held = false;  // what ends recipients waits until this is false
  io::Signal changed;

  io::Task<void> commit(std::vector<const queue::Change*> changes) override {
    auto ends = [](const queue::Change* change) { return !change->done.empty(); };
    while (held && std::ranges::any_of(changes, ends)) co_await changed.wait();
    size_t number = commits++;
    if (number == fault_at && fault == Fault::away) throw net::pg::Unavailable("away");
    for (const auto* change : changes) check(*change);
    for (const auto* change : changes) apply(*change);
    changed.notify_all();
    if (number == fault_at && fault == Fault::lost_but_done) throw net::pg::OutcomeUnknown("lost");
    co_return;
  }

  io::Task<std::vector<queue::Lease>> lease(size_t most) override {
    std::vector<queue::Lease> leases;
    for (auto& [id, item] : items) {
      queue::Lease lease{.letter = item.letter, .recipients = {}};
      for (auto& [seq, row] : item.rows) {
        if (row.leased || row.next_try > base::wall_now() || most == 0) continue;
        row.leased = true;
        most--;
        lease.recipients.push_back(row.recipient);
      }
      if (!lease.recipients.empty()) leases.push_back(std::move(lease));
    }
    co_return leases;
  }

  io::Task<void> extend_leases() override { co_return; }
  io::Task<void> free_leases() override {
    for (auto& [id, item] : items) {
      for (auto& [seq, row] : item.rows) row.leased = false;
    }
    co_return;
  }
  io::Task<std::vector<int64_t>> take_ids(size_t count) override {
    std::vector<int64_t> ids;
    while (count-- > 0) ids.push_back(next_id_++);
    co_return ids;
  }
  io::Task<std::optional<std::string>> range(base::ContentId content, uint64_t offset,
                                             uint64_t length) override {
    auto found = contents.find(content.value);
    if (found == contents.end() || offset > found->second.size()) co_return std::nullopt;
    co_return found->second.substr(offset, length);
  }
  io::Task<std::optional<std::string>> header(base::ContentId content) override {
    auto found = contents.find(content.value);
    if (found == contents.end()) co_return std::nullopt;
    co_return found->second.substr(0, found->second.find("\r\n\r\n") + 4);
  }
  io::Task<queue::Swept> sweep(size_t most) override {
    size_t seen = std::min(most, loose), dead = std::min(seen, 1 + seen / 2);
    loose -= seen;
    co_return queue::Swept{seen, dead};
  }
  io::Task<queue::Depth> depth() override { co_return queue::Depth{}; }

 private:
  static std::string plain(const model::content::Prepared& content) {
    model::content::Unpacker unpacker;
    std::string text = unpacker.unpack(content.header, 1 << 20);
    if (content.body) text += unpacker.unpack(*content.body, 1 << 20);
    for (const auto& chunk : content.chunks) text += unpacker.unpack(chunk, 1 << 20);
    if (content.file) {
      std::string body(content.size - content.header_size, '\0');
      content.file->read(content.header_size, body);
      text += body;
    }
    return text;
  }
  void check(const queue::Change& change) {
    for (const auto& key : change.done) {
      auto item = items.find(key.item.value);
      if (item == items.end() || !item->second.rows.contains(key.seq) ||
          !item->second.rows.at(key.seq).leased) {
        throw queue::LeaseLost("lease lost");
      }
    }
  }
  void apply(const queue::Change& change) {
    for (const auto& placement : change.placements) {
      int64_t content = placement.letter.content.value;
      if (placement.content) contents[content] = plain(*placement.content);
      for (auto account : placement.mailboxes)
        mailboxes[account.value].push_back(contents.at(content));
      if (placement.pending.empty()) continue;
      Item& item = items[placement.letter.item.value];
      item.letter = placement.letter;
      for (const auto& pending : placement.pending) {
        queue::QueuedRecipient recipient;
        recipient.seq = static_cast<int32_t>(item.rows.size());
        recipient.pending = pending;
        item.rows[recipient.seq].recipient = recipient;
      }
    }
    for (const auto& key : change.done) {
      Item& item = items.at(key.item.value);
      item.rows.erase(key.seq);
      if (item.rows.empty()) items.erase(key.item.value);
    }
    for (const auto& deferral : change.deferred) {
      Row& row = items.at(deferral.key.item.value).rows.at(deferral.key.seq);
      row.leased = false;
      row.next_try = deferral.next_try;
      row.reply = deferral.reply;
      row.recipient.attempts++;
      row.recipient.delay_told = deferral.delay_told;
    }
  }

  int64_t next_id_ = 1;
};

}  // namespace tegu::tests
