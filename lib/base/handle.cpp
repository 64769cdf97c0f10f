#include "base/handle.h"

#include <unistd.h>

namespace tegu::base {

void Fd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace tegu::base
