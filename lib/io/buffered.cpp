#include "io/buffered.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/error.h"

namespace tegu::io {

void BufferedReader::consume(size_t count) {
  if (count > end_ - begin_) bug("more consumed than was buffered");
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void BufferedReader::make_room() {
  const size_t kept = end_ - begin_;
  size_t wanted = capacity_;
  if (capacity_ == 0 || kept == capacity_ || grow_) {
    wanted = std::min(limit_, std::max(smallest, capacity_ * 2));
  } else if (kept == 0 && capacity_ > smallest && !busy_) {
    wanted = smallest;
  }
  if (size_t expected = std::min(limit_, kept + std::exchange(expected_, 0)); expected > wanted) {
    wanted = expected;
  }
  if (wanted != capacity_) {
    auto bigger = std::make_unique_for_overwrite<char[]>(wanted);
    if (kept > 0) std::memcpy(bigger.get(), buffer_.get() + begin_, kept);
    buffer_ = std::move(bigger);
    capacity_ = wanted;
  } else if (kept > 0 && begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
}

Task<bool> BufferedReader::fill(Deadline deadline) {
  if (is_full()) throw LineTooLong("the peer sent too much without an end");
  make_room();
  const size_t room = capacity_ - end_;
  const size_t got = co_await stream_->read_some({buffer_.get() + end_, room}, deadline);
  end_ += got;
  grow_ = got == room && capacity_ < limit_;
  busy_ = got > capacity_ / 4;
  co_return got > 0;
}

Task<std::optional<std::string>> BufferedReader::read_line(Deadline deadline) {
  size_t searched = 0;
  for (;;) {
    size_t lf = view().find('\n', searched);
    if (lf != std::string_view::npos) {
      std::string line(view().substr(0, lf));
      consume(lf + 1);
      if (line.ends_with('\r')) line.pop_back();
      co_return line;
    }
    searched = view().size();
    if (!co_await fill(deadline)) {
      if (searched > 0) throw ConnectionLost("the peer ended in the middle of a line");
      co_return std::nullopt;
    }
  }
}

void BufferedReader::reset(Stream& stream) {
  stream_ = &stream;
  buffer_.reset();
  capacity_ = begin_ = end_ = 0;
  grow_ = busy_ = false;
}

}  // namespace tegu::io
