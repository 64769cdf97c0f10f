// Replies of a server (wire/smtp/reply.h) and the list of EHLO: pieces must read as the whole does,
// and what is composed of a reply must be read as one reply with the same code and text.
#include "fuzz.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/reply.h"

using namespace tegu::fuzz;
using namespace tegu::wire::smtp;
using Status = ReplyReader::Status;

namespace {

// The first reply of a stream, and how many octets belong to it.
struct First {
  Status status = Status::need_more;
  size_t consumed = 0;
  Reply reply{};
  bool operator==(const First&) const = default;
};

First in_pieces(std::string_view stream, uint8_t seed) {
  First first;
  ReplyReader reader;
  Pieces pieces(seed);
  while (!stream.empty() && first.status == Status::need_more) {
    auto piece = pieces.next(stream);
    auto step = reader.feed(piece);
    require(step.consumed <= piece.size());
    require(step.status != Status::need_more || step.consumed == piece.size());
    first.status = step.status;
    first.consumed += step.consumed;
  }
  if (first.status == Status::reply) first.reply = reader.reply();
  return first;
}

First in_one(std::string_view stream) {
  First first;
  if (stream.empty()) return first;
  ReplyReader reader;
  auto step = reader.feed(stream);
  first.status = step.status;
  first.consumed = step.consumed;
  if (first.status == Status::reply) first.reply = reader.reply();
  return first;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view stream = view(data, size);
  uint8_t seed = take_choice(stream);
  First first = in_one(stream), cut = in_pieces(stream, seed);
  require(first.status == cut.status && first.reply == cut.reply);
  if (first.status != Status::reply) return 0;
  require(first.consumed == cut.consumed);
  require(first.reply.code >= 200 && first.reply.code <= 599);
  (void)parse_capabilities(first.reply);
  std::string wire = format(first.reply);
  First second = in_one(wire);
  require(second.status == Status::reply && second.consumed == wire.size());
  require(second.reply.code == first.reply.code && format(second.reply) == wire);
  return 0;
}
