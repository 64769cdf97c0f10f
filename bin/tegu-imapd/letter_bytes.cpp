#include "letter_bytes.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "io/error.h"

namespace tegu::imapd {

// Multiples of what the store keeps in a row (model/content).
static constexpr uint64_t window_size = 512 * 1024, small_window_size = 64 * 1024;
// Until at least so much is read ahead, so mostly one window: the store shall not wait for the
// client, nor the client for the store, and what is under way shall fit into the processor's cache.
static constexpr uint64_t octets_ahead = window_size / 2;

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
LetterBytes::WindowPtr LetterBytes::make_window(wire::mime::Range range) const {
  uint64_t step = budget_.is_spent() ? small_window_size : window_size;
  uint64_t body = range.begin - std::min<uint64_t>(range.begin, header_size_);
  uint64_t border = header_size_ + (body / step + 1) * step;
  auto window = std::make_shared<Window>();
  window->range = {range.begin, std::min(range.end(), border) - range.begin};
  window->share = ReadAhead::Share(budget_, window->range.size);
  return window;
}

// Not of `this`: it may end before what it reads ahead.
io::Task<void> LetterBytes::load(Store& store, ContentId id, uint32_t header_size,
                                 WindowPtr window) {
  try {
    const auto [begin, size] = window->range;
    window->bytes = co_await store.read(id, header_size, begin, size);
    if (window->bytes.size() != size) throw base::Error("a letter ends before its size");
  } catch (const io::Cancelled&) {
    throw;
  } catch (...) {
    window->error = std::current_exception();
  }
  window->loaded.set();
}

// Of what is left of this letter, then of those that follow, until there are `most` octets.
void LetterBytes::read_ahead(wire::mime::Range left, uint64_t most) {
  if (ahead_ == nullptr) return;
  uint64_t octets = 0;
  for (const WindowPtr& window : next_) octets += window->range.size;
  while (!whole_ && left.size > 0) {
    if (octets >= most || budget_.is_spent()) return;
    const WindowPtr& window = next_.emplace_back(make_window(left));
    ahead_->spawn(load(store_, id_, header_size_, window));
    octets += window->range.size;
    left = {window->range.end(), left.end() - window->range.end()};
  }
  if (follower_ == nullptr || octets >= most) return;
  uint64_t begin = follower_->next_.empty() ? 0 : follower_->next_.back()->range.end();
  follower_->read_ahead({begin, follower_->size_ - begin}, most - octets);
}

io::Task<std::string_view> LetterBytes::next(wire::mime::Range range) {
  if (whole_) co_return here(range);
  if (range.size == 0) co_return std::string_view();
  if (range.begin > size_ || range.size > size_ - range.begin)
    throw base::Error("a letter ends before its size");
  while (!now_ || !now_->has(range.begin)) {
    bool is_new = next_.empty();
    if (is_new) next_.push_back(make_window(range));
    now_ = std::move(next_.front());
    next_.pop_front();
    if (!is_new) continue;
    if (ahead_ == nullptr)
      co_await load(store_, id_, header_size_, now_);
    else
      ahead_->spawn(load(store_, id_, header_size_, now_));
  }
  uint64_t end = next_.empty() ? now_->range.end() : next_.back()->range.end();
  read_ahead({end, range.end() - std::min(end, range.end())}, octets_ahead);
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
