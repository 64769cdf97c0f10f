// diff(): two Views walked side by side.
#include <algorithm>

#include "model/mailbox/view.h"

namespace tegu::model::mailbox {

// A place in a View: a message of a block.
struct BlockWalk {
  const View& view;
  size_t block = 0;
  size_t place = 0;

  bool at_end() const { return block == view.state_->blocks.size(); }
  bool at_block_start() const { return place == 0; }
  const void* block_identity() const { return view.state_->blocks[block].get(); }
  const Message& message() const { return view.state_->blocks[block]->messages[place]; }
  // From here to the end of the block.
  std::span<const Message> rest() const {
    return std::span(view.state_->blocks[block]->messages).subspan(place);
  }
  size_t index() const { return at_end() ? view.size() : view.state_->starts[block] + place; }
  void advance(size_t count) {
    place += count;
    if (place == view.state_->blocks[block]->messages.size()) next_block();
  }
  void next_block() {
    block++;
    place = 0;
  }
};

Delta diff(const View& old, const View& now) {
  Delta delta;
  BlockWalk was{old}, is{now};
  while (!was.at_end()) {
    if (is.at_end() || was.message().uid < is.message().uid) {
      delta.expunged.push_back(was.index());
      was.advance(1);
      continue;
    }
    if (was.at_block_start() && is.at_block_start() &&
        was.block_identity() == is.block_identity()) {
      was.next_block();
      is.next_block();
      continue;
    }
    auto before = was.rest(), after = is.rest();
    size_t index = is.index(), count = 0, end = std::min(before.size(), after.size());
    do {
      if (before[count].modseq != after[count].modseq) delta.changed.push_back(index + count);
    } while (++count < end && before[count].uid == after[count].uid);
    was.advance(count);
    is.advance(count);
  }
  delta.first_new = is.index();
  return delta;
}

}  // namespace tegu::model::mailbox
