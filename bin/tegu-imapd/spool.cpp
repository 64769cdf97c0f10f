#include "spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace tegu::imapd {

void Spool::write(std::string_view bytes) {
  size_ += bytes.size();
  memory_ += bytes;
  if (memory_.size() < in_memory && !file_) return;
  if (!file_) {
    base::Fd file(open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file) base::throw_errno("spool file in " + folder_);
    file_ = std::make_shared<base::Fd>(std::move(file));
  }
  if (memory_.size() < in_memory / 4) return;
  write_out(memory_);
  memory_.clear();
}

void Spool::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file_->get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) base::throw_errno("write to spool file");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::shared_ptr<const base::Fd> Spool::file() {
  if (!file_) return nullptr;
  write_out(memory_);
  memory_.clear();
  return file_;
}

}  // namespace tegu::imapd
