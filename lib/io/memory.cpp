#include "io/memory.h"

#include <algorithm>

#include "io/sync.h"

namespace tegu::io {

struct MemoryStream::Pipe {
  static constexpr size_t capacity = 64 * 1024;
  std::string bytes;
  size_t taken = 0;  // of bytes
  bool ended = false, lost = false, abandoned = false;
  Signal changed;

  size_t unread() const { return bytes.size() - taken; }
  void mark(bool Pipe::* what) {
    this->*what = true;
    changed.notify_all();
  }
};

MemoryStream::MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
    : in_(std::move(in)), out_(std::move(out)) {}

MemoryStream::~MemoryStream() {
  drop();
}

void MemoryStream::drop() {
  in_->mark(&Pipe::abandoned);
  out_->mark(&Pipe::ended);
}

size_t MemoryStream::unread() const {
  return in_->unread();
}

Task<size_t> MemoryStream::read_some(std::span<char> into, Deadline deadline) {
  for (;;) {
    if (in_->abandoned) throw ConnectionLost("the connection was closed here");
    if (faults_.lose_after_reading == 0) {
      in_->mark(&Pipe::abandoned);
      out_->mark(&Pipe::lost);
      throw ConnectionLost("read: fault at this byte");
    }
    if (in_->unread() > 0) break;
    if (in_->lost) throw ConnectionLost("read: connection reset by peer");
    if (in_->ended) co_return 0;
    if (!co_await in_->changed.wait(deadline)) {
      throw TimedOut("nothing came from the peer in time");
    }
  }
  size_t count =
      std::min({into.size(), in_->unread(), faults_.read_at_most, faults_.lose_after_reading});
  in_->bytes.copy(into.data(), count, in_->taken);
  in_->taken += count;
  if (in_->unread() == 0) {
    in_->bytes.clear();
    in_->taken = 0;
  }
  if (faults_.lose_after_reading != MemoryFaults::none) faults_.lose_after_reading -= count;
  in_->changed.notify_all();
  co_return count;
}

Task<void> MemoryStream::write_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (faults_.lose_after_writing == 0) {
      out_->mark(&Pipe::lost);
      in_->mark(&Pipe::lost);
      throw ConnectionLost("write: fault at this byte");
    }
    if (faults_.end_after_writing == 0) out_->mark(&Pipe::ended);
    if (out_->ended || out_->abandoned || out_->lost) {
      throw ConnectionLost("write: broken pipe");
    }
    size_t room = Pipe::capacity - std::min(Pipe::capacity, out_->unread());
    if (room == 0) {
      if (!co_await out_->changed.wait(deadline)) throw TimedOut("the peer did not read in time");
      continue;
    }
    size_t count =
        std::min({room, bytes.size(), faults_.lose_after_writing, faults_.end_after_writing});
    out_->bytes.append(bytes, 0, count);
    bytes.remove_prefix(count);
    if (faults_.lose_after_writing != MemoryFaults::none) faults_.lose_after_writing -= count;
    if (faults_.end_after_writing != MemoryFaults::none) faults_.end_after_writing -= count;
    out_->changed.notify_all();
  }
}

Task<void> MemoryStream::close() {
  drop();
  co_return;
}

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_pair(Loop&) {
  auto there = std::make_shared<MemoryStream::Pipe>();
  auto back = std::make_shared<MemoryStream::Pipe>();
  return {std::make_unique<MemoryStream>(back, there), std::make_unique<MemoryStream>(there, back)};
}

}  // namespace tegu::io
