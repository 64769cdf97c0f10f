// BDAT (RFC 3030): commands and chunks in one stream, as a session reads them. Pieces must give the
// same chunks as the whole, and a chunk has exactly the octets that its command announced.
#include <optional>
#include <string>

#include "fuzz.h"
#include "wire/smtp/command.h"
#include "wire/smtp/data.h"
#include "wire/smtp/line_framer.h"

using namespace tegu::fuzz;
using namespace tegu::wire::smtp;

namespace {

struct Reader {
  LineFramer framer{};
  std::optional<ChunkCounter> chunk{};
  std::string heard{};
  uint64_t announced = 0, taken = 0;
  bool dropped = false;

  void feed(std::string_view bytes) {
    while (!bytes.empty() && !dropped) {
      if (chunk) {
        auto piece = chunk->take(bytes);
        require(piece.data() == bytes.data());
        taken += piece.size();
        heard += piece;
        bytes.remove_prefix(piece.size());
        require(chunk->left() == announced - taken && (chunk->done() || bytes.empty()));
        if (chunk->done()) chunk.reset();
        continue;
      }
      auto step = framer.feed(bytes);
      bytes.remove_prefix(step.consumed);
      dropped = step.status == LineFramer::Status::bare_line_end;
      if (step.status != LineFramer::Status::line) continue;
      auto bdat = parse_bdat(split_command(step.line).arguments);
      heard += bdat ? (bdat->last ? "L" : "B") : "?";
      if (!bdat || bdat->size == 0) continue;
      announced = bdat->size;
      taken = 0;
      chunk.emplace(bdat->size);
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view stream = view(data, size);
  Pieces pieces(take_choice(stream));
  Reader whole, cut;
  whole.feed(stream);
  while (!stream.empty()) cut.feed(pieces.next(stream));
  require(whole.heard == cut.heard && whole.taken == cut.taken);
  require(whole.chunk.has_value() == cut.chunk.has_value());
  return 0;
}
