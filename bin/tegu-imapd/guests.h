// Who may connect: limits on connections in all, from one network and of one account. The last
// tenth of all places is kept for networks from which someone logged in lately, so that strangers
// cannot take them (reliability: connections per daemon). Owned by main, shared by all loops.
#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/ids.h"
#include "io/deadline.h"
#include "io/endpoint.h"

namespace tegu::imapd {

class Guests {
 public:
  // One admitted connection; gives its place back at its end.
  class Place {
   public:
    Place() = default;
    // `key`: the network, or the account's name for enter().
    Place(Guests& owner, std::string key) : owner_(&owner), key_(std::move(key)) {}
    Place(Place&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Place& operator=(Place&&) = delete;
    ~Place();
    explicit operator bool() const { return owner_ != nullptr; }

   private:
    Guests* owner_ = nullptr;
    std::string key_;
  };

  struct Limits {
    size_t all;
    size_t per_network;
  };
  // Empty when there is no place.
  Place admit(const io::Endpoint& peer, Limits limits);
  // A second place, of the account; empty when it has `most` already.
  Place enter(base::AccountId account, size_t most);
  // Someone logged in from there.
  void remember(const io::Endpoint& peer, io::Deadline now);
  size_t size() const;

 private:
  // The address; of IPv6 the /64 network.
  static std::string network_of(const io::Endpoint& peer);
  void forget_old(io::Deadline now);

  void leave(const std::string& key);

  mutable std::mutex lock_;                    // guards all below
  size_t size_ = 0;                            // without those of accounts
  std::map<std::string, size_t> connections_;  // by network, and by account
  std::map<std::string, io::Deadline> known_;  // when someone logged in
};

}  // namespace tegu::imapd
