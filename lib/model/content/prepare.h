// A letter made ready for the tables content and content_chunk: parsed once, header apart from
// body, compressed. Pure CPU: large letters belong on a worker thread.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "net/pg/params.h"
#include "wire/mime/limits.h"

namespace tegu::model::content {

// Plain octets of a body in one row of content_chunk. A body up to this size is in content itself.
inline constexpr size_t chunk_size = 65536;
// A letter's limit here: View and IMAP keep sizes in 32 bits.
inline constexpr uint64_t max_letter_size = UINT32_MAX;

// The blobs are as stored (packing.h).
struct Prepared {
  base::ContentId id;
  uint64_t size = 0;         // octets of the letter
  uint32_t header_size = 0;  // with the empty line
  std::string header;
  std::optional<std::string> body;  // nothing: in chunks
  std::vector<std::string> chunks;
  std::string envelope;   // IMAP ENVELOPE
  std::string structure;  // wire/mime/packed.h

  // What a statement that stores it sends, about.
  size_t stored_size() const;
};

// Throws base::Error on a letter above max_letter_size.
Prepared prepare(std::string_view letter, base::ContentId id,
                 const wire::mime::Limits& limits = {});

// Appends the statements that store these letters, for one pg batch with the rows that refer to
// them. An id that is stored already fails with unique_violation: a retry cannot double anything.
void add_inserts(std::vector<net::pg::Call>& calls, std::span<const Prepared* const> letters);

}  // namespace tegu::model::content
