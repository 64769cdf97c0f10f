#include "letter_bytes.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace tegu::imapd {

// Multiples of what the store keeps in a row (model/content).
static constexpr uint64_t window_size = 256 * 1024, small_window_size = 64 * 1024;
// So many are read ahead: the store shall not wait for the client, nor the client for the store.
static constexpr size_t windows_ahead = 3;

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

// Up to the next border, so that no chunk is read twice by those who read on.
void LetterBytes::measure(Window& window, wire::mime::Range range) const {
  uint64_t step = budget_.is_spent() ? small_window_size : window_size;
  uint64_t body = range.begin - std::min<uint64_t>(range.begin, header_size_);
  uint64_t border = header_size_ + (body / step + 1) * step;
  window.range = {range.begin, std::min(range.end(), border) - range.begin};
  window.share = ReadAhead::Share(budget_, window.range.size);
}

// Not of `this`: it may end before what it reads ahead.
io::Task<void> LetterBytes::load(Store& store, ContentId id, uint32_t header_size,
                                 WindowPtr window) {
  try {
    const auto [begin, size] = window->range;
    window->bytes = co_await store.read(id, header_size, begin, size);
    if (window->bytes.size() != size) throw base::Error("a letter ends before its size");
  } catch (const base::Error&) {
    window->error = std::current_exception();
  }
  window->loaded.set();
}

void LetterBytes::load_ahead(wire::mime::Range range) {
  auto window = std::make_shared<Window>();
  measure(*window, range);
  next_.push_back(window);
  ahead_->spawn(load(store_, id_, header_size_, std::move(window)));
}

void LetterBytes::begin(wire::mime::Range range) {
  if (!whole_ && ahead_ != nullptr && range.size > 0 && !budget_.is_spent()) load_ahead(range);
}

io::Task<std::string_view> LetterBytes::next(wire::mime::Range range) {
  if (whole_) co_return here(range);
  if (range.size == 0) co_return std::string_view();
  if (range.begin > size_ || range.size > size_ - range.begin)
    throw base::Error("a letter ends before its size");
  while (!now_ || !now_->has(range.begin)) {
    bool is_new = next_.empty();
    if (is_new) next_.push_back(std::make_shared<Window>());
    now_ = std::move(next_.front());
    next_.pop_front();
    if (!is_new) continue;
    measure(*now_, range);
    co_await load(store_, id_, header_size_, now_);
  }
  uint64_t end = next_.empty() ? now_->range.end() : next_.back()->range.end();
  for (; ahead_ != nullptr && next_.size() < windows_ahead && end < range.end() &&
         !budget_.is_spent();
       end = next_.back()->range.end())
    load_ahead({end, range.end() - end});
  co_await now_->loaded.wait();
  if (now_->error) std::rethrow_exception(now_->error);
  co_return std::string_view(now_->bytes).substr(range.begin - now_->range.begin, range.size);
}

io::Task<std::string> LetterBytes::read(wire::mime::Range range, uint64_t most) {
  range.size = std::min(range.size, most);
  std::string bytes;
  while (range.size > 0) {
    std::string_view part = co_await next(range);
    bytes += part;
    range.begin += part.size();
    range.size -= part.size();
  }
  co_return bytes;
}

}  // namespace tegu::imapd
