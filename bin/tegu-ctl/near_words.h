// What a mistyped word may have meant.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tegu::ctl {

// Of `known`, the nearest first: words that begin with this one, and those that one or two changes
// make of it (a letter more, less or another, two neighbours swapped), fewer than it has letters.
std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& known);

}  // namespace tegu::ctl
