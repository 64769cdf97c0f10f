#include "letter_bytes.h"

#include <algorithm>

#include "base/error.h"

namespace tegu::imapd {

namespace {

io::Task<void> read_into(Store& store, WantedLetter wanted, std::optional<std::string>& into) {
  into = co_await store.read(wanted.id, 0, wanted.size);
}

}  // namespace

io::Task<std::vector<std::optional<std::string>>> read_small(Store& store, io::Loop& loop,
                                                             std::vector<WantedLetter> wanted) {
  std::vector<std::optional<std::string>> letters(wanted.size());
  io::Scope scope(loop);
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].size <= small_letter) scope.spawn(read_into(store, wanted[i], letters[i]));
  co_await scope.join();
  co_return letters;
}

io::Task<std::string> LetterBytes::read(uint64_t offset, uint64_t count) {
  if (whole_) {
    if (offset + count > whole_->size()) throw base::Error("a letter ends before its size");
    co_return whole_->substr(offset, count);
  }
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
