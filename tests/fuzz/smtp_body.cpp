// The message after DATA (wire/smtp/data.h): pieces must decode as the whole, and what the encoder
// sends must come back whole, with no message smuggled inside.
#include <string>

#include "fuzz.h"
#include "wire/smtp/data.h"

using namespace tegu::fuzz;
using namespace tegu::wire::smtp;

namespace {

struct Result {
  std::string message;
  size_t consumed = 0;
  bool end = false;
  bool refused = false;
  bool operator==(const Result&) const = default;

  void take(DataDecoder& decoder, std::string_view piece) {
    while (!piece.empty() && !end) {
      auto step = decoder.next(piece);
      require(step.consumed > 0 && step.output.size() <= step.consumed);
      piece.remove_prefix(step.consumed);
      consumed += step.consumed;
      message += step.output;
      end = step.end;
    }
    refused = decoder.refused();
    if (refused) message.clear();
  }
};

Result decode(std::string_view stream) {
  DataDecoder decoder;
  Result result;
  result.take(decoder, stream);
  return result;
}

Result decode_pieces(std::string_view stream, uint8_t seed) {
  DataDecoder decoder;
  Result result;
  Pieces pieces(seed);
  while (!stream.empty() && !result.end) result.take(decoder, pieces.next(stream));
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  uint8_t seed = take_choice(bytes);
  require(decode(bytes) == decode_pieces(bytes, seed));

  std::string whole, wire;
  DataEncoder encoder;
  encoder.encode(bytes, whole);
  encoder.finish(whole);
  LineEndCheck check;
  Pieces pieces(seed);
  for (std::string_view rest = bytes; !rest.empty();) {
    auto piece = pieces.next(rest);
    encoder.encode(piece, wire);
    check.feed(piece);
  }
  encoder.finish(wire);
  require(wire == whole && wire.size() <= 2 * bytes.size() + 5);
  Result back = decode(wire);
  require(back.end && !back.refused && back.consumed == wire.size());
  if (!check.bare_at_end()) {
    // Only a line end may be added to the last line.
    require(back.message.starts_with(bytes) && back.message.size() <= bytes.size() + 2);
  }
  return 0;
}
