#include "view_cache.h"

namespace tegu::imapd {

std::optional<Contents> ViewCache::find(Key key) {
  std::scoped_lock hold(lock_);
  auto place = places_.find(key);
  if (place == places_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, place->second);
  return place->second->contents;
}

void ViewCache::put(Key key, const Contents& contents) {
  std::scoped_lock hold(lock_);
  auto place = places_.find(key);
  if (place == places_.end()) {
    entries_.push_front({key, contents});
    places_[key] = entries_.begin();
  } else {
    entries_.splice(entries_.begin(), entries_, place->second);
    Entry& entry = entries_.front();
    if (entry.contents.view.modseq() >= contents.view.modseq()) return;
    weight_ -= weight(entry);
    entry.contents = contents;
  }
  weight_ += weight(entries_.front());
  shrink();
}

void ViewCache::drop(Key key) {
  std::scoped_lock hold(lock_);
  auto place = places_.find(key);
  if (place == places_.end()) return;
  weight_ -= weight(*place->second);
  entries_.erase(place->second);
  places_.erase(place);
}

size_t ViewCache::size() const {
  std::scoped_lock hold(lock_);
  return entries_.size();
}

void ViewCache::shrink() {
  while (weight_ > most_messages_ && entries_.size() > 1) {
    weight_ -= weight(entries_.back());
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace tegu::imapd
