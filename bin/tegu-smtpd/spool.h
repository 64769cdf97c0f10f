// Spool: a letter's octets while it comes in. A few stay here and travel to the queue with the
// request; more are written once into anonymous memory, or into a nameless file when there are
// many, and the descriptor travels. Nothing is left behind when it is dropped.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/handle.h"

namespace tegu::smtpd {

class Spool {
 public:
  // `folder` for the nameless file; a letter that is `expected` to be over `memory` octets starts
  // there. Throws base::SystemError.
  Spool(std::string folder, uint64_t memory, uint64_t expected);

  // Throws base::SystemError (ENOSPC when the disk is full).
  void append(std::string_view bytes);
  uint64_t size() const { return size_; }

  // The complete letter: octets, or a descriptor with the letter from offset 0. Anonymous memory is
  // sealed: nobody can change or cut it any more.
  struct Letter {
    std::string octets;
    base::Fd fd;
  };
  Letter finish();

 private:
  enum class Place { here, memory, file };
  Place place_for(uint64_t size) const;
  void move(Place place);
  void write(std::string_view bytes);

  std::string folder_;
  uint64_t memory_;
  uint64_t size_ = 0;
  Place place_;
  std::string octets_;  // here
  base::Fd fd_;
};

// Whether the folder's disk has this many octets to spare. True when it cannot be asked: writing
// will tell.
bool has_room(const std::string& folder, uint64_t octets);

}  // namespace tegu::smtpd
