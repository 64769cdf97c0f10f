// MemoryStream: two connected Streams without a socket, for tests of everything that speaks over a
// Stream. Each end can be told to split its reads and to break at a chosen byte.
#pragma once
#include <memory>
#include <utility>

#include "io/stream.h"

namespace tegu::io {

// What goes wrong at one end; counted from the moment it was set.
struct MemoryFaults {
  static constexpr size_t none = static_cast<size_t>(-1);
  size_t read_at_most = none;        // bytes a read_some gives
  size_t lose_after_reading = none;  // then reads throw ConnectionLost
  size_t lose_after_writing = none;  // the peer gets so many bytes, then both ends ConnectionLost
  size_t end_after_writing = none;   // the peer gets so many bytes, then an orderly end, unasked
};

class MemoryStream : public Stream {
 public:
  struct Pipe;
  MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out);
  // Reads at the other end finish what was written and then see the end; writes there fail.
  ~MemoryStream() override;
  Task<size_t> read_some(std::span<char> into, Deadline deadline) override;
  Task<void> write_all(std::string_view bytes, Deadline deadline) override;
  Task<void> close() override;

  void set(MemoryFaults faults) { faults_ = faults; }
  size_t unread() const;  // bytes that wait for read_some

 private:
  void drop();
  // Both ends of a pair own the two pipes between them.
  std::shared_ptr<Pipe> in_, out_;
  MemoryFaults faults_;
};

// Both ends must be used on one loop. A write waits while 64 KiB are unread at the other end.
std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_pair(Loop& loop);

}  // namespace tegu::io
