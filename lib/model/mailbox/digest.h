// Digest: what listings show of the letters of one block of UIDs, ready for the wire, so that a
// large mailbox is listed by reading a few rows in sequence (DESIGN 7). A cache: letters never
// change, and each entry names the content it was made from, so an entry is right for a message
// when both name the same content; messages without one are looked up in their letters.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/mailbox/head.h"
#include "net/pg/client.h"

namespace tegu::model::mailbox {

class Digest {
 public:
  // A block is the UIDs [first, first + block - 1], first = 1 + n * block. It is full when uidnext
  // has passed it: from then on messages only go.
  static constexpr uint32_t block = 512;
  static constexpr uint32_t first_of(uint32_t uid) { return uid - (uid - 1) % block; }
  static constexpr bool is_full(uint32_t first, uint32_t uidnext) {
    return uidnext >= uint64_t{first} + block;
  }
  // Longer texts (thousands of recipients or parts), and what would make the texts of a block
  // longer than this in all, are left to their letters.
  static constexpr size_t text_limit = 16 * 1024, block_limit = 4 << 20;

  struct Texts {
    uint32_t uid = 0;
    base::ContentId content;
    std::string_view envelope;   // IMAP ENVELOPE
    std::string_view structure;  // IMAP BODYSTRUCTURE
  };
  // Treats its input as hostile: nothing on any inconsistency. Texts that are not wanted stay
  // packed, and are empty in at().
  struct Wanted {
    bool envelopes = false;
    bool structures = false;
  };
  static std::optional<Digest> unpack(std::string_view packed, uint32_t first, Wanted wanted);

  size_t size() const { return entries_.size(); }
  // Views live as long as the Digest. index: below size(), ascending UIDs.
  Texts at(size_t index) const;

 private:
  friend class DigestDraft;
  struct Entry {
    uint32_t uid = 0;
    uint32_t envelope_size = 0, structure_size = 0;
    uint32_t envelope_at = 0, structure_at = 0;
    base::ContentId content;
  };
  std::vector<Entry> entries_;
  std::string envelopes_, structures_;
};

// A digest in the making.
class DigestDraft {
 public:
  // UIDs ascend and are of one block.
  void add(const Digest::Texts& message);
  bool empty() const { return entries_.empty(); }
  // Of the block; not of an empty draft.
  uint32_t first() const { return Digest::first_of(entries_.front().uid); }
  // Some milliseconds of CPU.
  std::string pack() const;

 private:
  std::vector<Digest::Entry> entries_;
  std::string envelopes_, structures_;
};

// The packed digest of a block; nothing when there is none. Primary key.
io::Task<std::optional<std::string>> read_digest(net::pg::Client& database, Key key,
                                                 uint32_t first);
// Instead of one that may be there.
io::Task<void> write_digest(net::pg::Client& database, Key key, uint32_t first, std::string packed);

}  // namespace tegu::model::mailbox
