// How many connections there are, in all and of one address. Shared by all loops of the daemon.
#pragma once
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "io/endpoint.h"

namespace tegu::smtpd {

class Admission {
 public:
  // One admitted connection; counts until its end. The Admission must outlive it.
  class Place {
   public:
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    friend class Admission;
    Place(Admission& owner, std::string key) : owner_(&owner), key_(std::move(key)) {}
    Admission* owner_;
    std::string key_;
  };

  enum class Answer { admitted, full, too_many_of_address };
  struct Result {
    Answer answer;
    std::optional<Place> place;
  };
  // IPv6 peers count by /64, as one customer has at least so much. Unix sockets count in all only.
  Result enter(const io::Endpoint& peer, size_t most, size_t most_per_address);
  size_t size() const;

 private:
  void leave(const std::string& key);

  mutable std::mutex lock_;  // guards both
  size_t size_ = 0;
  std::unordered_map<std::string, size_t> by_address_;
};

}  // namespace tegu::smtpd
