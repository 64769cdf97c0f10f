#include "model/mailbox/view_draft.h"

#include <algorithm>

namespace tegu::model::mailbox {

ViewDraft::ViewDraft(const View& from) : uidvalidity_(from.uidvalidity()) {
  slots_.reserve(from.state_->blocks.size() + 1);
  for (const auto& block : from.state_->blocks) slots_.push_back({block, nullptr});
}

ViewDraft::ViewDraft(uint32_t uidvalidity) : uidvalidity_(uidvalidity) {}

ViewDraft::Block& ViewDraft::writable(Slot& slot) {
  if (!slot.own) {
    slot.own = std::make_unique<Block>(*slot.shared);
    slot.shared.reset();
  }
  return *slot.own;
}

void ViewDraft::append(const Message& message) {
  if (slots_.empty() || slots_.back().messages().size() >= View::block_size) {
    slots_.push_back({nullptr, std::make_unique<Block>()});
  }
  writable(slots_.back()).messages.push_back(message);
}

void ViewDraft::apply(const LogEntry& entry) {
  auto slot = slots_.begin();
  for (UidSet::Range range : entry.uids.ranges()) {
    slot = std::partition_point(
        slot, slots_.end(), [&](const Slot& s) { return s.messages().back().uid < range.first; });
    for (auto at = slot; at != slots_.end() && at->messages().front().uid <= range.last;) {
      const auto& messages = at->messages();
      auto from = std::ranges::lower_bound(messages, range.first, {}, &Message::uid);
      auto to = std::ranges::upper_bound(messages, range.last, {}, &Message::uid);
      change(*at, from - messages.begin(), to - messages.begin(), entry);
      at = at->messages().empty() ? slots_.erase(at) : at + 1;
    }
  }
}

void ViewDraft::change(Slot& slot, size_t from, size_t to, const LogEntry& entry) {
  if (from == to) return;
  auto& messages = writable(slot).messages;
  if (entry.kind == LogEntry::Kind::expunge) {
    messages.erase(messages.begin() + from, messages.begin() + to);
    return;
  }
  for (size_t i = from; i < to; i++) {
    messages[i].flags = changed_flags(messages[i].flags, entry);
    messages[i].modseq = entry.modseq;
  }
}

// Many expunges leave crumbs: neighbours that fit well into one block become one, when at least
// one of them changes anyway.
void ViewDraft::merge_small() {
  std::vector<Slot> merged;
  merged.reserve(slots_.size());
  for (Slot& slot : slots_) {
    size_t size = slot.messages().size();
    if (!merged.empty()) {
      Slot& before = merged.back();
      size_t both = before.messages().size() + size;
      if ((before.own || slot.own) && both <= View::block_size / 2) {
        auto& into = writable(before).messages;
        into.insert(into.end(), slot.messages().begin(), slot.messages().end());
        continue;
      }
    }
    merged.push_back(std::move(slot));
  }
  slots_ = std::move(merged);
}

static void count(View::Counters& counters, const Message& message) {
  counters.total++;
  counters.unseen += (message.flags & seen) == 0;
  counters.deleted += (message.flags & deleted) != 0;
  counters.bytes += message.size;
}

View ViewDraft::finish(uint32_t uidnext, int64_t modseq) && {
  merge_small();
  auto state = std::make_shared<View::State>();
  state->uidvalidity = uidvalidity_;
  state->uidnext = uidnext;
  state->modseq = modseq;
  state->blocks.reserve(slots_.size());
  state->starts.reserve(slots_.size());
  View::Counters& all = state->counters;
  for (Slot& slot : slots_) {
    if (slot.own) {
      slot.own->counters = {};
      slot.own->flags = 0;
      for (const Message& message : slot.own->messages) {
        count(slot.own->counters, message);
        slot.own->flags |= message.flags;
      }
      slot.shared = std::move(slot.own);
    }
    const View::Counters& counters = slot.shared->counters;
    state->starts.push_back(all.total);
    all.total += counters.total;
    all.unseen += counters.unseen;
    all.deleted += counters.deleted;
    all.bytes += counters.bytes;
    state->flags |= slot.shared->flags;
    state->blocks.push_back(std::move(slot.shared));
  }
  return View(std::move(state));
}

}  // namespace tegu::model::mailbox
