#include "admission.h"

#include <utility>

namespace tegu::smtpd {

Admission::Place::Place(Place&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}

Admission::Place::~Place() {
  if (owner_ != nullptr) owner_->leave(key_);
}

Admission::Result Admission::enter(const io::Endpoint& peer, size_t most, size_t most_per_address) {
  std::string key(peer.bytes().substr(0, peer.is_v6() ? 8 : 4));
  std::lock_guard guard(lock_);
  if (size_ >= most) return {Answer::full, {}};
  if (!key.empty()) {
    size_t& count = by_address_[key];
    if (count >= most_per_address) return {Answer::too_many_of_address, {}};
    ++count;
  }
  ++size_;
  return {Answer::admitted, Place(*this, std::move(key))};
}

size_t Admission::size() const {
  std::lock_guard guard(lock_);
  return size_;
}

void Admission::leave(const std::string& key) {
  std::lock_guard guard(lock_);
  --size_;
  if (key.empty()) return;
  auto found = by_address_.find(key);
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace tegu::smtpd
