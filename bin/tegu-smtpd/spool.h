// Spool: a letter's octets while it comes in. They are written once, into anonymous memory, or into
// a nameless file when there are many; the descriptor then travels to the queue. Nothing is left
// behind when it is dropped.
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
  bool in_memory() const { return in_memory_; }
  // The complete letter from offset 0. Memory is sealed: nobody can change or cut it any more.
  base::Fd finish();

 private:
  void move_to_file();

  std::string folder_;
  uint64_t memory_;
  uint64_t size_ = 0;
  bool in_memory_ = true;
  base::Fd fd_;
};

// Whether the folder's disk has this many octets to spare. True when it cannot be asked: writing
// will tell.
bool has_room(const std::string& folder, uint64_t octets);

}  // namespace tegu::smtpd
