#include "letter_source.h"

#include <algorithm>

#include "base/error.h"
#include "intake.h"

namespace tegu::queue {

io::Task<std::string> LetterSource::read() {
  uint64_t want = std::min(piece_size, left_);
  auto piece = co_await ledger_.range(content_, offset_, want);
  if (!piece || piece->size() != want) throw base::Error("the stored letter is damaged");
  offset_ += want;
  left_ -= want;
  co_return std::move(*piece);
}

io::Task<std::optional<std::string>> LetterSource::open() {
  uint64_t whole = left_;
  try {
    first_ = co_await read();
  } catch (const base::Error& error) {
    co_return error.what();
  }
  size_t ours = return_path_length(first_);
  first_.erase(0, ours);
  size_ = whole - ours;
  co_return std::nullopt;
}

io::Task<std::string> LetterSource::next() {
  std::string piece = std::exchange(first_, {});
  if (piece.empty() && left_ > 0) piece = co_await read();
  // The final dot, or the last chunk, follows the last piece.
  if (left_ == 0 && !co_await may_finish_())
    throw base::Error(
        "the lease of this letter is not sure, or the letter before it is not settled");
  co_return piece;
}

}  // namespace tegu::queue
