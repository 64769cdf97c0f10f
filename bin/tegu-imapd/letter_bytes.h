// Octets of stored letters for FETCH and SEARCH. Small letters of a batch are read together; large
// ones in windows when they are wanted, some of them ahead.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/scope.h"
#include "io/sync.h"
#include "read_ahead.h"
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
  // `budget` counts what is held. `ahead` runs what is read ahead; null: nothing is. All are
  // borrowed.
  LetterBytes(Store& store, ReadAhead& budget, ContentId id, const Letter& letter,
              const std::optional<std::string>& whole, io::Scope* ahead)
      : store_(store),
        budget_(budget),
        id_(id),
        size_(letter.size),
        header_size_(letter.header_size),
        whole_(whole),
        ahead_(ahead) {}

  // Of a letter that is in memory; lives as long as it. Throws base::Error when it has fewer.
  std::string_view here(wire::mime::Range range) const;
  // Octets from the range's begin, at least one of a range that is not empty; the rest is what the
  // caller asks for next. Valid until the next call. Throws base::Error when the letter has fewer.
  io::Task<std::string_view> next(wire::mime::Range range);
  // Both letters are read from their beginning to their end, this one first: so what is read ahead
  // does not end with it. `next` is borrowed.
  void follow_with(LetterBytes& next) { follower_ = &next; }
  // A range, of which at most `most` octets are taken.
  io::Task<std::string> read(wire::mime::Range range, uint64_t most);

 private:
  // Octets of the letter; they come or have come. Owners: the letter and the task that loads it.
  struct Window {
    wire::mime::Range range;
    std::string bytes;
    ReadAhead::Share share;
    std::exception_ptr error;
    io::Event loaded;
    bool has(uint64_t at) const { return at >= range.begin && at < range.end(); }
  };
  using WindowPtr = std::shared_ptr<Window>;

  static io::Task<void> load(Store& store, ContentId id, uint32_t header_size, WindowPtr window);
  WindowPtr make_window(wire::mime::Range range) const;
  void read_ahead(wire::mime::Range left, uint64_t most);

  Store& store_;
  ReadAhead& budget_;
  ContentId id_;
  uint64_t size_;
  uint32_t header_size_;
  const std::optional<std::string>& whole_;
  io::Scope* ahead_;
  LetterBytes* follower_ = nullptr;
  WindowPtr now_;
  std::deque<WindowPtr> next_;  // in order, each begins where the one before ends
};

}  // namespace tegu::imapd
