#include "model/content/letter_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "model/content/packing.h"
#include "model/content/prepare.h"

namespace tegu::model::content {

LetterFile::LetterFile(Packers& packers, std::shared_ptr<Packers::Share> share,
                       std::shared_ptr<const base::Fd> file, uint64_t offset, uint64_t size,
                       std::string prefix)
    : packers_(packers),
      share_(std::move(share)),
      file_(std::move(file)),
      offset_(offset),
      size_(size),
      prefix_(std::move(prefix)) {}

void LetterFile::read(uint64_t at, std::span<char> into) const {
  if (at < prefix_.size()) {
    size_t count = std::min<size_t>(prefix_.size() - at, into.size());
    memcpy(into.data(), prefix_.data() + at, count);
    into = into.subspan(count);
    at += count;
  }
  at -= std::min<uint64_t>(at, prefix_.size());
  if (into.size() > size_ - std::min(at, size_)) throw base::Error("a letter ends before its size");
  while (!into.empty()) {
    ssize_t got = pread(file_->get(), into.data(), into.size(), static_cast<off_t>(offset_ + at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_errno("reading a letter");
    if (got == 0) throw base::Error("a letter's file is shorter than was said");
    into = into.subspan(static_cast<size_t>(got));
    at += static_cast<uint64_t>(got);
  }
}

bool LetterFile::hold() const {
  if (size() > Packers::held_size || share_->is_held() || packers_.room_.free() == 0) return false;
  share_->room_ = packers_.room_.take();
  return true;
}

io::Task<std::vector<std::string>> LetterFile::chunks(uint64_t body, size_t first,
                                                      size_t count) const {
  auto pack = [this, body, first, count, effort = effort()] {
    std::vector<std::string> rows;
    auto window = std::make_unique_for_overwrite<char[]>(chunk_size);
    uint64_t at = body + uint64_t(first) * chunk_size;
    while (rows.size() < count && at < size()) {
      std::span part(window.get(), std::min<uint64_t>(chunk_size, size() - at));
      read(at, part);
      at += part.size();
      rows.push_back(packer_.pack_body(std::string_view(part.data(), part.size()), effort));
    }
    return rows;
  };
  co_return co_await run(pack);
}

}  // namespace tegu::model::content
