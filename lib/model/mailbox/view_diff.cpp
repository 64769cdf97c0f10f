// diff(): two Views walked side by side.
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
  size_t index() const { return at_end() ? view.size() : view.state_->starts[block] + place; }
  void next() {
    if (++place == view.state_->blocks[block]->messages.size()) next_block();
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
      was.next();
      continue;
    }
    if (was.at_block_start() && is.at_block_start() &&
        was.block_identity() == is.block_identity()) {
      was.next_block();
      is.next_block();
      continue;
    }
    if (was.message().modseq != is.message().modseq) delta.changed.push_back(is.index());
    was.next();
    is.next();
  }
  delta.first_new = is.index();
  return delta;
}

}  // namespace tegu::model::mailbox
