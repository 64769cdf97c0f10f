#include "near_words.h"

#include <algorithm>
#include <utility>

namespace tegu::ctl {

// Changes that make one word of the other (restricted Damerau-Levenshtein distance).
static size_t changes(std::string_view from, std::string_view to) {
  std::vector<std::vector<size_t>> least(from.size() + 1, std::vector<size_t>(to.size() + 1));
  for (size_t i = 0; i <= from.size(); i++) {
    for (size_t j = 0; j <= to.size(); j++) {
      if (i == 0 || j == 0) {
        least[i][j] = i + j;
        continue;
      }
      size_t other = from[i - 1] == to[j - 1] ? 0 : 1;
      least[i][j] =
          std::min({least[i - 1][j] + 1, least[i][j - 1] + 1, least[i - 1][j - 1] + other});
      bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) least[i][j] = std::min(least[i][j], least[i - 2][j - 2] + 1);
    }
  }
  return least[from.size()][to.size()];
}

std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& known) {
  constexpr size_t longest = 40, most_changes = 2;
  std::vector<std::pair<size_t, std::string>> found;
  if (word.empty() || word.size() > longest) return {};
  for (const std::string& one : known) {
    size_t distance = one.starts_with(word) ? 0 : changes(word, one);
    if (distance <= most_changes && distance < word.size()) found.emplace_back(distance, one);
  }
  std::ranges::sort(found);
  std::vector<std::string> words;
  for (auto& [distance, one] : found) words.push_back(std::move(one));
  return words;
}

}  // namespace tegu::ctl
