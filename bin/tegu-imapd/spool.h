// Where the messages of an APPEND wait until they are whole: in memory while they are small, else
// in a file without a name, where they cost no memory.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/handle.h"

namespace tegu::imapd {

class Spool {
 public:
  // The file is made in `folder` when it is needed.
  explicit Spool(std::string folder) : folder_(std::move(folder)) {}
  Spool(const Spool&) = delete;

  // Throws base::SystemError, for example when the disk is full.
  void write(std::string_view bytes);
  uint64_t size() const { return size_; }
  // Has all that was written; null while it is in memory(). Owners: the spool and who reads on.
  std::shared_ptr<const base::Fd> file();
  std::string_view memory() const { return memory_; }

 private:
  static constexpr size_t in_memory = 128 * 1024;
  void write_out(std::string_view bytes);

  std::string folder_;
  std::string memory_;  // what is not in the file
  std::shared_ptr<base::Fd> file_;
  uint64_t size_ = 0;
};

}  // namespace tegu::imapd
