#include "spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace tegu::imapd {

Spool::~Spool() {
  unmap();
}

void Spool::unmap() {
  if (mapped_ != nullptr) munmap(mapped_, mapped_size_);
  mapped_ = nullptr;
}

void Spool::write(std::string_view bytes) {
  unmap();
  size_ += bytes.size();
  memory_ += bytes;
  if (memory_.size() < in_memory && !file_) return;
  if (!file_) {
    file_.reset(open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file_) base::throw_errno("spool file in " + folder_);
  }
  if (memory_.size() < in_memory / 4) return;
  write_out(memory_);
  memory_.clear();
}

void Spool::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) base::throw_errno("write to spool file");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::string_view Spool::view() {
  if (!file_) return memory_;
  write_out(memory_);
  memory_.clear();
  if (mapped_ == nullptr) {
    void* mapped = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_.get(), 0);
    if (mapped == MAP_FAILED) base::throw_errno("map spool file");
    mapped_ = mapped;
    mapped_size_ = size_;
  }
  return {static_cast<const char*>(mapped_), mapped_size_};
}

}  // namespace tegu::imapd
