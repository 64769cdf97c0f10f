// Where the messages of an APPEND wait until they are whole: in memory while they are small, else
// in a file without a name. They are read back through a mapping, so size costs no memory.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/handle.h"

namespace tegu::imapd {

class Spool {
 public:
  // The file is made in `folder` when it is needed.
  explicit Spool(std::string folder) : folder_(std::move(folder)) {}
  ~Spool();
  Spool(const Spool&) = delete;

  // Throws base::SystemError, for example when the disk is full.
  void write(std::string_view bytes);
  uint64_t size() const { return size_; }
  // All that was written; valid until the next write() or the end of the Spool.
  std::string_view view();

 private:
  static constexpr size_t in_memory = 128 * 1024;
  void write_out(std::string_view bytes);
  void unmap();

  std::string folder_;
  std::string memory_;
  base::Fd file_;
  uint64_t size_ = 0;
  void* mapped_ = nullptr;
  size_t mapped_size_ = 0;
};

}  // namespace tegu::imapd
