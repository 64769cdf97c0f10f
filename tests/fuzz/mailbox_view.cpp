// Feeds View::unpack (the checkpoint of a mailbox) and UidSet::parse (a log row's UIDs); what they
// accept must survive writing and reading again.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "model/mailbox/view.h"

using namespace tegu::model::mailbox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto view = View::unpack(bytes)) {
    auto again = View::unpack(view->pack());
    if (!again || !(*again == *view)) tegu::bug("a view did not survive packing");
    Delta delta = diff(*view, *again);
    if (!delta.expunged.empty() || !delta.changed.empty() || delta.first_new != view->size()) {
      tegu::bug("a view differs from itself");
    }
    for (size_t i = 0; i < view->size() && i < 2000; i++) {
      if (view->index_of_uid(view->at(i).uid) != i) tegu::bug("a message is not where it is");
    }
  }
  if (auto set = UidSet::parse(bytes)) {
    if (UidSet::parse(set->text()) != set) tegu::bug("a UID set did not survive writing");
  }
  return 0;
}
