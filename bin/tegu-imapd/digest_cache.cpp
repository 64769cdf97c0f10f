#include "digest_cache.h"

namespace tegu::imapd {

PackedDigest DigestCache::find(const Key& key) {
  std::scoped_lock hold(lock_);
  auto place = places_.find(key);
  if (place == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, place->second);
  return place->second->digest;
}

void DigestCache::put(const Key& key, PackedDigest digest, size_t limit) {
  std::scoped_lock hold(lock_);
  if (auto place = places_.find(key); place != places_.end()) erase(place->second);
  entries_.push_front({key, std::move(digest)});
  places_[key] = entries_.begin();
  octets_ += weight(entries_.front());
  while (octets_ > limit) erase(std::prev(entries_.end()));
}

void DigestCache::drop(const Key& key) {
  std::scoped_lock hold(lock_);
  if (auto place = places_.find(key); place != places_.end()) erase(place->second);
}

size_t DigestCache::octets() const {
  std::scoped_lock hold(lock_);
  return octets_;
}

void DigestCache::erase(std::list<Entry>::iterator entry) {
  octets_ -= weight(*entry);
  places_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace tegu::imapd
