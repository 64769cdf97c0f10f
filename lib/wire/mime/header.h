// Header blocks: where one ends, its fields, unfolding and choosing fields (RFC 5322 2.2, 3.6,
// tolerant of bare LF, missing blank lines and 8-bit). Knows nothing of what a field means.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mime/limits.h"

namespace tegu::wire::mime {

// One physical line of a text: `text` without its line end (LF or CRLF), `next` the offset behind
// it, `ended` whether there was a line end at all.
struct Line {
  std::string_view text;
  size_t next = 0;
  bool ended = false;
};
Line line_at(std::string_view text, size_t offset);

// What a line is while a header block is read. A field begins with 1 to 998 of the printable ASCII
// characters except colon, then blanks, then a colon (RFC 5322 2.2, 4.5.8). A line that is no field
// ends the header as a blank line does, as in every MTA. An mbox "From " line may come first.
enum class LineKind { blank, field, continuation, mbox_from, other };
inline constexpr size_t field_name_limit = 998;
LineKind classify_header_line(const Line& line, bool first);

// Borrowed from the header block. `value` is what follows the colon, with its folding but without
// the final line end, at most limits.field_bytes; `raw` is the whole field with its line end.
struct Field {
  std::string_view name;
  std::string_view value;
  std::string_view raw;
};

// The fields of a header block, in order, up to the blank line or the first line that is no field.
std::vector<Field> header_fields(std::string_view header, const Limits& limits = {});

// The unfolded value of the first field of that name (case-insensitive).
[[nodiscard]] std::optional<std::string> find_field(std::string_view header, std::string_view name,
                                                    const Limits& limits = {});

// Without line ends and without blanks at both ends; blanks that began a folded line stay.
std::string unfold(std::string_view value);

// RFC 9051 6.4.5.1 HEADER.FIELDS and HEADER.FIELDS.NOT: the raw fields whose names are (or are not)
// listed, and the blank line where the block has one.
enum class Choose { listed, not_listed };
std::string select_fields(std::string_view header, const std::vector<std::string>& names,
                          Choose choose, const Limits& limits = {});

}  // namespace tegu::wire::mime
