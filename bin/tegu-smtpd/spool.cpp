#include "spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"
#include "wire/peer/line.h"

namespace tegu::smtpd {
namespace {

base::Fd open_file(const std::string& folder) {
  base::Fd fd(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) base::throw_errno("spool file in " + folder);
  return fd;
}

base::Fd open_memory() {
  base::Fd fd(memfd_create("letter", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) base::throw_errno("spool memory");
  return fd;
}

}  // namespace

Spool::Place Spool::place_for(uint64_t size) const {
  if (size > memory_) return Place::file;
  return size > wire::peer::max_octets ? Place::memory : Place::here;
}

Spool::Spool(std::string folder, uint64_t memory, uint64_t expected)
    : folder_(std::move(folder)), memory_(memory), place_(Place::here) {
  if (Place place = place_for(expected); place != Place::here) move(place);
}

void Spool::append(std::string_view bytes) {
  if (Place place = place_for(size_ + bytes.size()); place > place_) move(place);
  if (place_ == Place::here) {
    octets_ += bytes;
  } else {
    write(bytes);
  }
  size_ += bytes.size();
}

void Spool::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      base::throw_errno("write to the spool");
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void Spool::move(Place place) {
  base::Fd from = std::exchange(fd_, place == Place::file ? open_file(folder_) : open_memory());
  place_ = place;
  write(std::exchange(octets_, {}));
  off_t at = 0;
  while (from && static_cast<uint64_t>(at) < size_) {
    ssize_t sent = sendfile(fd_.get(), from.get(), &at, size_ - static_cast<uint64_t>(at));
    if (sent == 0) throw base::Error("the spool lost octets");
    if (sent < 0 && errno != EINTR) base::throw_errno("write to the spool");
  }
}

Spool::Letter Spool::finish() {
  if (place_ == Place::here) return {std::move(octets_), {}};
  if (lseek(fd_.get(), 0, SEEK_SET) < 0) base::throw_errno("rewind the spool");
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (place_ == Place::memory && fcntl(fd_.get(), F_ADD_SEALS, seals) < 0)
    base::throw_errno("seal the spool");
  return {{}, std::move(fd_)};
}

bool has_room(const std::string& folder, uint64_t octets) {
  struct statvfs disk{};
  if (statvfs(folder.c_str(), &disk) != 0) return true;
  return static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize >= octets;
}

}  // namespace tegu::smtpd
