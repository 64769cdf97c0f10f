#include "letter_bytes.h"

#include <algorithm>

#include "base/error.h"

namespace tegu::imapd {

io::Task<std::vector<std::optional<std::string>>> read_small(Store& store,
                                                             std::vector<WantedLetter> wanted) {
  std::vector<std::optional<std::string>> letters(wanted.size());
  std::vector<ContentId> ids;
  std::vector<size_t> places;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].size > small_letter) continue;
    ids.push_back(wanted[i].id);
    places.push_back(i);
  }
  if (ids.empty()) co_return letters;
  auto read = co_await store.letters(std::move(ids), {.whole = true});
  for (size_t i = 0; i < places.size(); ++i)
    if (read[i]) letters[places[i]] = std::move(read[i]->whole);
  co_return letters;
}

std::string_view LetterBytes::here(wire::mime::Range range) const {
  if (!whole_) bug("LetterBytes::here without the letter");
  if (range.begin > whole_->size() || range.size > whole_->size() - range.begin)
    throw base::Error("a letter ends before its size");
  return std::string_view(*whole_).substr(range.begin, range.size);
}

io::Task<std::string> LetterBytes::read(uint64_t offset, uint64_t count) {
  if (whole_) co_return std::string(here({offset, count}));
  std::string bytes = co_await store_.read(id_, offset, count);
  if (bytes.size() != count) throw base::Error("a letter ends before its size");
  co_return bytes;
}

io::Task<std::string> LetterBytes::read(wire::mime::Range range, uint64_t most) {
  uint64_t size = std::min(range.size, most);
  std::string bytes;
  while (bytes.size() < size)
    bytes += co_await read(range.begin + bytes.size(), std::min(small_letter, size - bytes.size()));
  co_return bytes;
}

}  // namespace tegu::imapd
