// IMAP sections: which bytes BODY[2.1.HEADER] and its kin mean (RFC 9051 6.4.5.1).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mime/message.h"

namespace tegu::wire::mime {

enum class SectionKind { whole, header, header_fields, header_fields_not, text, mime };

// The part that a path of numbers names; nothing when there is none. `part` is no_part for the
// empty part of a multipart without parts. Of the empty path: the root.
struct Addressed {
  uint32_t part = 0;
  // The part is a message's own body (path "1" of a message that is not multipart), not a MIME
  // part.
  bool own_body = false;
};
[[nodiscard]] std::optional<Addressed> find_part(const Message& message,
                                                 std::span<const uint32_t> path);

// Where the section lies. For the header_fields kinds the range of the header, to be given to
// select_fields(). Nothing when there is no such part, or when HEADER or TEXT name a part that is
// no embedded message; MIME needs a path.
[[nodiscard]] std::optional<Range> find_section(const Message& message,
                                                std::span<const uint32_t> path, SectionKind kind);

// The section's bytes, from the whole message; fields only for the header_fields kinds.
[[nodiscard]] std::optional<std::string> section_bytes(std::string_view bytes,
                                                       const Message& message,
                                                       std::span<const uint32_t> path,
                                                       SectionKind kind,
                                                       const std::vector<std::string>& fields = {});

}  // namespace tegu::wire::mime
