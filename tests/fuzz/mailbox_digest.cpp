// Feeds Digest::unpack (texts of a listing, as stored); what it accepts must stay within its bounds
// and survive packing again.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/mailbox/digest.h"

using namespace tegu::model::mailbox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr Digest::Wanted all{.envelopes = true, .structures = true};
  for (uint32_t first : {1U, 513U}) {
    auto digest = Digest::unpack(bytes, first, all);
    if (!digest) continue;
    std::vector<Digest::Texts> texts;
    DigestDraft draft;
    for (size_t i = 0; i < digest->size(); i++) {
      texts.push_back(digest->at(i));
      draft.add(texts.back());
      if (Digest::first_of(texts.back().uid) != first) tegu::bug("a UID of another block");
    }
    auto again = Digest::unpack(draft.pack(), first, all);
    if (!again || again->size() != texts.size()) tegu::bug("a digest did not survive packing");
    for (size_t i = 0; i < texts.size(); i++) {
      Digest::Texts other = again->at(i);
      if (other.uid != texts[i].uid || other.content != texts[i].content ||
          other.envelope != texts[i].envelope || other.structure != texts[i].structure) {
        tegu::bug("a text did not survive packing");
      }
    }
  }
  return 0;
}
