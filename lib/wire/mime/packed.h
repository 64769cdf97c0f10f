// The stored form of a parsed message: what parse() found, without the bytes, so that sections and
// BODYSTRUCTURE are served without reading the message again.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "wire/mime/message.h"

namespace tegu::wire::mime {

// Some 20 to 80 bytes a part.
std::string encode_structure(const Message& message);

// Nothing when the bytes are no structure that encode_structure wrote: wrong version, parts out of
// order or outside their parents, an ENVELOPE that would break a response, junk at the end. Safe on
// any input; limits.parts and limits.depth are kept.
[[nodiscard]] std::optional<Message> decode_structure(std::string_view bytes,
                                                      const Limits& limits = {});

}  // namespace tegu::wire::mime
