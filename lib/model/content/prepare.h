// A letter made ready for the tables content and content_chunk: parsed once, header apart from
// body, compressed. Pure CPU: large letters belong on a worker thread.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/content/letter_file.h"
#include "net/pg/client.h"
#include "wire/mime/limits.h"

namespace tegu::model::content {

// Plain octets of a body in one chunk, which is packed on its own. A body of one chunk that packs
// well is in content itself.
inline constexpr size_t chunk_size = 65536;
// Of a longer header the rest counts as body here.
inline constexpr size_t max_header_size = 4 << 20;
// A letter's limit here: View and IMAP keep sizes in 32 bits.
inline constexpr uint64_t max_letter_size = UINT32_MAX;

// The blobs are as stored (packing.h).
struct Prepared {
  base::ContentId id;
  uint64_t size = 0;         // octets of the letter
  uint32_t header_size = 0;  // with the empty line
  std::string header;
  std::optional<std::string> body;  // nothing: in chunks, or in the file
  std::vector<std::string> chunks;
  // The body is there still, and is packed chunk by chunk while it is stored (store()).
  std::shared_ptr<const LetterFile> file;
  std::shared_ptr<Packers::Share> share;  // of a large one
  std::string envelope;                   // IMAP ENVELOPE
  std::string structure;                  // wire/mime/packed.h

  // What a statement that stores it sends, about.
  size_t stored_size() const;
  // To store it takes long: nobody else should wait for the same transaction.
  bool is_large() const { return file || (share && share->is_held()); }
};

// Throws base::Error on a letter above max_letter_size.
Prepared prepare(std::string_view letter, base::ContentId id, const wire::mime::Limits& limits = {},
                 Effort effort = Effort::small);

// The same of a letter in a file, in bounded memory; `see` gets all of it in pieces. Reads on a
// worker thread, where it also calls `see`.
io::Task<Prepared> prepare_file(std::shared_ptr<const LetterFile> letter, base::ContentId id,
                                std::function<void(std::string_view)> see = {},
                                wire::mime::Limits limits = {});

// Appends the statements that store these letters, but for bodies in files, for one pg batch with
// the rows that refer to them. An id that is stored already fails with unique_violation: a retry
// cannot double anything.
void add_inserts(std::vector<net::pg::Call>& calls, std::span<const Prepared* const> letters);

// Runs the calls, which may refer to these letters, as one transaction, and with them stores the
// bodies that are in files. Waits so long for each answer of the database, and for its turn among
// the letters that have bodies in files. Errors as of Client::batch() and Transaction::commit().
io::Task<std::vector<net::pg::Rows>> store(net::pg::Client& database,
                                           std::vector<const Prepared*> letters,
                                           std::vector<net::pg::Call> calls,
                                           std::chrono::seconds patience);

}  // namespace tegu::model::content
