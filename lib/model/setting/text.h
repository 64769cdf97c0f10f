// All settings as one text file, for those who keep their configuration under version control:
//   # Largest letter that is taken.
//   smtp.message_size_limit = 100M
// One setting a line, "#" begins a comment line, blank lines do not matter. Pure.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "model/setting/store.h"

namespace tegu::model::setting {

// What differs from its default; with `all` also the rest, as comments with their default. Each
// with its English or Russian explanation.
std::string format_text(const Changes& changes, bool all, bool russian = false);

// The settings that the text names, normalised; or all mistakes, "line 3: ...", one a line.
[[nodiscard]] std::expected<Changes, std::string> parse_text(std::string_view text);

// What would change: "-key = value" as it is, "+key = value" as it will be, sorted by key; empty
// when nothing differs. A missing side is the default.
std::string diff(const Changes& now, const Changes& wanted);

}  // namespace tegu::model::setting
