// What the FETCHes of one loop hold of letters in memory, counted together. A client that reads
// slowly or not at all keeps what was read for it until it takes it or its write deadline passes;
// without a common bound twenty thousand of them would own the machine. When it is reached nobody
// is refused: from then on letters are read in smaller pieces and none ahead.
#pragma once
#include <cstddef>
#include <utility>

namespace tegu::imapd {

class ReadAhead {
 public:
  explicit ReadAhead(size_t most = size_t{32} << 20) : most_(most) {}
  ReadAhead(const ReadAhead&) = delete;

  // Octets that somebody holds; no longer at its end. Ends before the ReadAhead.
  class Share {
   public:
    Share() = default;
    Share(ReadAhead& owner, size_t octets) : owner_(&owner), octets_(octets) {
      owner_->held_ += octets_;
    }
    Share(Share&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), octets_(other.octets_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(octets_, other.octets_);
      return *this;
    }
    ~Share() {
      if (owner_) owner_->held_ -= octets_;
    }

   private:
    ReadAhead* owner_ = nullptr;
    size_t octets_ = 0;
  };

  bool is_spent() const { return held_ >= most_; }
  size_t held() const { return held_; }

 private:
  size_t most_;
  size_t held_ = 0;
};

}  // namespace tegu::imapd
