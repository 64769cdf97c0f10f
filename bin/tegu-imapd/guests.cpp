#include "guests.h"

namespace tegu::imapd {

namespace {
constexpr auto memory = std::chrono::hours(24);
constexpr size_t most_known = 100'000;
// Longer than any network, so the two never meet.
const std::string account_mark = "account ";

bool is_account(const std::string& key) {
  return key.starts_with(account_mark);
}
}  // namespace

Guests::Place::~Place() {
  if (owner_ != nullptr) owner_->leave(key_);
}

void Guests::leave(const std::string& key) {
  std::scoped_lock hold(lock_);
  if (!is_account(key)) --size_;
  auto found = connections_.find(key);
  if (--found->second == 0) connections_.erase(found);
}

Guests::Place Guests::enter(base::AccountId account, size_t most) {
  std::string key = account_mark + std::to_string(account.value);
  std::scoped_lock hold(lock_);
  auto found = connections_.find(key);
  if (found != connections_.end() && found->second >= most) return {};
  ++connections_[key];
  return Place(*this, std::move(key));
}

size_t Guests::size() const {
  std::scoped_lock hold(lock_);
  return size_;
}

std::string Guests::network_of(const io::Endpoint& peer) {
  return std::string(peer.bytes().substr(0, peer.is_v6() ? 8 : 4));
}

Guests::Place Guests::admit(const io::Endpoint& peer, Limits limits) {
  std::string network = network_of(peer);
  std::scoped_lock hold(lock_);
  size_t room = known_.contains(network) ? limits.all : limits.all - limits.all / 10;
  auto found = connections_.find(network);
  size_t here = found == connections_.end() ? 0 : found->second;
  if (size_ >= room || here >= limits.per_network) return {};
  ++size_;
  ++connections_[network];
  return Place(*this, std::move(network));
}

void Guests::remember(const io::Endpoint& peer, io::Deadline now) {
  std::scoped_lock hold(lock_);
  if (known_.size() >= most_known) forget_old(now);
  if (known_.size() < most_known) known_[network_of(peer)] = now;
}

void Guests::forget_old(io::Deadline now) {
  std::erase_if(known_, [&](const auto& entry) { return now - entry.second > memory; });
}

}  // namespace tegu::imapd
