// ViewDraft: a View in the making. Blocks are shared with the View it began from until they are
// changed. Only for view*.cpp.
#pragma once
#include <memory>
#include <vector>

#include "model/mailbox/view.h"

namespace tegu::model::mailbox {

class ViewDraft {
 public:
  explicit ViewDraft(const View& from);
  explicit ViewDraft(uint32_t uidvalidity);

  // The UID must be above all others.
  void append(const Message& message);
  void apply(const LogEntry& entry);
  View finish(uint32_t uidnext, int64_t modseq) &&;

 private:
  using Block = View::Block;
  struct Slot {
    std::shared_ptr<const Block> shared;  // owned with the View it came from
    std::unique_ptr<Block> own;           // when changed; then `shared` is empty
    const std::vector<Message>& messages() const { return own ? own->messages : shared->messages; }
  };
  Block& writable(Slot& slot);
  void change(Slot& slot, size_t from, size_t to, const LogEntry& entry);
  void merge_small();

  uint32_t uidvalidity_;
  std::vector<Slot> slots_;  // none is empty
};

}  // namespace tegu::model::mailbox
