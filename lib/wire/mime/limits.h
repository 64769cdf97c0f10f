// How much of a message is understood. Nothing here refuses a message: what lies beyond a limit is
// kept as bytes and shown as an opaque leaf, because any byte string is a message.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tegu::wire::mime {

struct Limits {
  uint32_t depth = 100;            // levels of multipart and embedded message
  uint32_t parts = 10'000;         // in one message
  size_t header_bytes = 1 << 20;   // of one header block
  uint32_t header_lines = 10'000;  // of one header block, folded lines counted each
  size_t field_bytes = 64 << 10;   // of one field's value
  uint32_t params = 128;           // of one Content-Type or Content-Disposition
  size_t boundary_bytes = 1024;    // compared; RFC 2046 allows 70
  uint32_t comment_depth = 32;     // deeper: the rest of the field is comment
  uint32_t addresses = 10'000;     // of one address list, group markers counted
  size_t text_bytes = 2 << 20;     // decoded from one part for searching
};

}  // namespace tegu::wire::mime
