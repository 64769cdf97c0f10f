#include "model/mailbox/view.h"

#include <algorithm>

#include "base/error.h"
#include "model/mailbox/view_draft.h"

namespace tegu::model::mailbox {

Flags changed_flags(Flags flags, const LogEntry& entry) {
  switch (entry.kind) {
    case LogEntry::Kind::add:
      return flags | entry.flags;
    case LogEntry::Kind::remove:
      return flags & ~entry.flags;
    case LogEntry::Kind::set:
      return entry.flags;
    case LogEntry::Kind::expunge:
      break;
  }
  return flags;
}

View::View(uint32_t uidvalidity, int64_t modseq) {
  auto state = std::make_shared<State>();
  state->uidvalidity = uidvalidity;
  state->modseq = modseq;
  state_ = std::move(state);
}

size_t View::block_of(size_t index) const {
  auto after = std::ranges::upper_bound(state_->starts, index);
  return static_cast<size_t>(after - state_->starts.begin()) - 1;
}

std::span<const Message> View::run(size_t index) const {
  if (index >= size()) bug("View: index beyond the end");
  size_t block = block_of(index);
  return std::span(state_->blocks[block]->messages).subspan(index - state_->starts[block]);
}

const Message& View::at(size_t index) const {
  return run(index).front();
}

size_t View::lower_bound_uid(uint32_t uid) const {
  const auto& blocks = state_->blocks;
  auto block = std::ranges::partition_point(
      blocks, [uid](const auto& b) { return b->messages.back().uid < uid; });
  if (block == blocks.end()) return size();
  const auto& messages = (*block)->messages;
  auto found = std::ranges::lower_bound(messages, uid, {}, &Message::uid);
  return state_->starts[block - blocks.begin()] + (found - messages.begin());
}

std::optional<size_t> View::index_of_uid(uint32_t uid) const {
  size_t index = lower_bound_uid(uid);
  if (index == size() || at(index).uid != uid) return std::nullopt;
  return index;
}

View View::apply(const Changes& changes) const {
  if (changes.modseq < modseq() || changes.uidnext < uidnext()) {
    throw base::Error("mailbox journal: the tail ends before the view");
  }
  ViewDraft draft(*this);
  uint32_t least = uidnext();
  for (const Message& message : changes.arrivals) {
    if (message.uid < least || message.uid >= changes.uidnext || message.modseq <= modseq() ||
        message.modseq > changes.modseq) {
      throw base::Error("mailbox journal: message " + std::to_string(message.uid) +
                        " is out of order");
    }
    least = message.uid + 1;
    draft.append(message);
  }
  int64_t before = modseq();
  for (const LogEntry& entry : changes.log) {
    if (entry.modseq <= before || entry.modseq > changes.modseq) {
      throw base::Error("mailbox journal: log row " + std::to_string(entry.modseq) +
                        " is out of order");
    }
    before = entry.modseq;
    draft.apply(entry);
  }
  return std::move(draft).finish(changes.uidnext, changes.modseq);
}

bool View::operator==(const View& other) const {
  if (state_ == other.state_) return true;
  if (uidvalidity() != other.uidvalidity() || uidnext() != other.uidnext() ||
      modseq() != other.modseq() || counters() != other.counters()) {
    return false;
  }
  for (size_t i = 0; i < size();) {
    auto mine = run(i), theirs = other.run(i);
    size_t count = std::min(mine.size(), theirs.size());
    if (!std::ranges::equal(mine.first(count), theirs.first(count))) return false;
    i += count;
  }
  return true;
}

}  // namespace tegu::model::mailbox
