// Octets of stored letters for FETCH and SEARCH. Small letters of a batch are read together; large
// ones in pieces when they are wanted.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/scope.h"
#include "store.h"
#include "wire/mime/message.h"

namespace tegu::imapd {

constexpr uint64_t small_letter = 64 * 1024;

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
  LetterBytes(Store& store, ContentId id, std::optional<std::string> whole)
      : store_(store), id_(id), whole_(std::move(whole)) {}
  // Exactly these octets; throws base::Error when the letter has fewer.
  io::Task<std::string> read(uint64_t offset, uint64_t count);
  // A range of any size, of which at most `most` octets are taken.
  io::Task<std::string> read(wire::mime::Range range, uint64_t most);

 private:
  Store& store_;
  ContentId id_;
  std::optional<std::string> whole_;
};

}  // namespace tegu::imapd
