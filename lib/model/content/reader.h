// Reading letters back: whole columns of many letters for listings, octet ranges of one letter for
// bodies. A range costs a range: only the chunks that it touches are read.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "io/workers.h"
#include "model/content/packing.h"
#include "net/pg/client.h"
#include "wire/mime/message.h"

namespace tegu::model::content {

// What a listing shows of a letter. Empty where it was not asked for.
struct Listing {
  base::ContentId id;
  uint64_t size = 0;
  uint32_t header_size = 0;
  std::string header;     // octets [0, header_size)
  std::string envelope;   // IMAP ENVELOPE, ready for the wire
  std::string structure;  // wire/mime/packed.h: decode_structure()
  std::optional<std::string> whole;
};

struct Wanted {
  bool header = false;
  bool envelope = false;
  bool structure = false;
  // Letters of at most so many octets come whole, unless their body is larger than chunk_size. The
  // caller bounds the sum.
  uint64_t whole_up_to = 0;
};

class Reader {
 public:
  // Borrowed; outlive the tasks. With workers, many octets at once are unpacked by them.
  explicit Reader(net::pg::Client& database, io::Workers* workers = nullptr)
      : database_(database), workers_(workers) {}

  // In the order of `ids`, one for each; nothing for a letter that is not (or no longer) there.
  // One round trip for every 500 ids.
  io::Task<std::vector<std::optional<Listing>>> listings(std::vector<base::ContentId> ids,
                                                         Wanted wanted);
  io::Task<std::optional<std::string>> header(base::ContentId id);
  // Octets [offset, offset + length) of the letter (header and body as one), cut at its end;
  // nothing when there is no such letter. Memory is the caller's business: ask for pieces of large
  // letters.
  io::Task<std::optional<std::string>> range(base::ContentId id, uint64_t offset, uint64_t length);
  // The same of octets behind the header, for those who know its size: one look-up less where the
  // body is in chunks.
  io::Task<std::optional<std::string>> body_range(base::ContentId id, uint32_t header_size,
                                                  uint64_t offset, uint64_t length);
  // The parsed structure; nothing when there is no such letter.
  io::Task<std::optional<wire::mime::Message>> structure(base::ContentId id);

 private:
  net::pg::Client& database_;
  io::Workers* workers_;
  Unpacker unpacker_;
};

// For net::pg::Client::keep_warm(): the reading statements, about no letter.
void add_hot_reads(std::vector<net::pg::Call>& calls);

// Reads a stored structure. One that does not decode is a damaged row: base::Error.
wire::mime::Message decode(const Listing& listing);

}  // namespace tegu::model::content
