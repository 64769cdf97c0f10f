// Feeds wire/smtp: DATA in pieces must decode as in one go, and what the encoder sends must come
// back whole, with no message smuggled inside.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/smtp/data.h"

using namespace tegu::wire::smtp;

namespace {

struct Result {
  std::string message;
  size_t consumed = 0;
  bool end = false;
  bool refused = false;
  bool operator==(const Result&) const = default;
};

Result decode(std::string_view stream, size_t piece) {
  Result result;
  DataDecoder decoder;
  while (result.consumed < stream.size() && !result.end) {
    auto step = decoder.next(stream.substr(result.consumed, piece));
    if (step.consumed == 0) abort();
    result.consumed += step.consumed;
    result.message += step.output;
    result.end = step.end;
  }
  result.refused = decoder.refused();
  if (result.refused) result.message.clear();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  size_t piece = 1 + data[0] % 16;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (decode(bytes, piece) != decode(bytes, bytes.size())) abort();

  std::string wire;
  DataEncoder encoder;
  for (size_t at = 0; at < bytes.size(); at += piece) encoder.encode(bytes.substr(at, piece), wire);
  encoder.finish(wire);
  Result back = decode(wire, wire.size());
  if (!back.end || back.refused || back.consumed != wire.size()) abort();

  LineEndCheck check;
  for (size_t at = 0; at < bytes.size(); at += piece) check.feed(bytes.substr(at, piece));
  if (!check.bare_at_end() && !back.message.starts_with(bytes)) abort();
  return 0;
}
