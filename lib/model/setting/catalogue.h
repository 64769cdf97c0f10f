// The catalogue of all settings of the system: the one place where each is declared. `tegu-ctl
// config`, validation, the manual and the web dialog are made from it.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "base/settings.h"

namespace tegu::model::setting {

// Sorted by key; sections ("smtp", "imap", "queue", "dns", "router", "auth") are what stands before
// the first dot. Lives for ever.
std::span<const base::Setting> catalogue();

// What the first part of a key is about, in English or Russian.
std::string_view section_title(std::string_view section, bool russian);

// The text as it is stored (shortest usual form), or what is wrong and what to write instead.
// Beside the declared type this checks what only some settings want: networks, next hops, lists of
// times.
[[nodiscard]] std::expected<std::string, std::string> normalise(std::string_view key,
                                                                std::string_view text);

}  // namespace tegu::model::setting
