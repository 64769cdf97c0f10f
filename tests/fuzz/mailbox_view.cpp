// Checkpoints (View::unpack) and the UIDs of log rows (UidSet::parse), as network input: what they
// accept must survive writing and reading again, and be found where it is.
#include "fuzz.h"
#include "model/mailbox/view.h"

using namespace tegu::fuzz;
using namespace tegu::model::mailbox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  if (auto view = View::unpack(bytes)) {
    auto again = View::unpack(view->pack());
    require(again && *again == *view);
    Delta delta = diff(*view, *again);
    require(delta.expunged.empty() && delta.changed.empty() && delta.first_new == view->size());
    uint32_t before = 0;
    for (size_t i = 0; i < view->size(); i++) {
      const Message& message = view->at(i);
      require(message.uid > before && message.uid < view->uidnext());
      require(message.modseq > 0 && message.modseq <= view->modseq());
      before = message.uid;
      require(view->index_of_uid(message.uid) == i);
    }
    return 0;
  }
  if (auto set = UidSet::parse(bytes)) {
    require(set->text() == bytes);
    uint64_t count = 0, end = 0;
    for (auto range : set->ranges()) {
      require(range.first > end && range.last >= range.first);
      require(set->contains(range.first) && set->contains(range.last));
      end = range.last;
      count += uint64_t{range.last} - range.first + 1;
    }
    require(set->count() == count);
  }
  return 0;
}
