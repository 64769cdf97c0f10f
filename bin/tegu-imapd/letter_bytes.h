// Octets of stored letters for FETCH and SEARCH. Small letters of a batch are read together; large
// ones in pieces when they are wanted.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/scope.h"
#include "store.h"
#include "wire/mime/message.h"

namespace tegu::imapd {

struct WantedLetter {
  ContentId id;
  uint64_t size;
};
// The whole letter for each that is small, nothing for the others. The caller bounds the sum of the
// small ones.
io::Task<std::vector<std::optional<std::string>>> read_small(Store& store,
                                                             std::vector<WantedLetter> wanted);

// One letter: from memory when it was read with its batch.
class LetterBytes {
 public:
  // `whole`: borrowed.
  LetterBytes(Store& store, ContentId id, const std::optional<std::string>& whole)
      : store_(store), id_(id), whole_(whole) {}
  // Of a letter that is in memory; lives as long as it. Throws base::Error when it has fewer.
  std::string_view here(wire::mime::Range range) const;
  // Exactly these octets; throws base::Error when the letter has fewer.
  io::Task<std::string> read(uint64_t offset, uint64_t count);
  // A range of any size, of which at most `most` octets are taken.
  io::Task<std::string> read(wire::mime::Range range, uint64_t most);

 private:
  Store& store_;
  ContentId id_;
  const std::optional<std::string>& whole_;
};

}  // namespace tegu::imapd
