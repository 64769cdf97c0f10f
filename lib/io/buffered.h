// BufferedReader: bytes of a Stream, gathered until a parser has enough of them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/stream.h"

namespace tegu::io {

// The buffer starts small, doubles up to `limit` while the peer fills it, and shrinks when little
// comes, so an idle connection keeps 256 octets. One reader at a time; the Stream must outlive it.
class BufferedReader {
 public:
  static constexpr size_t smallest = 256;
  static constexpr size_t default_limit = 64 * 1024;

  explicit BufferedReader(Stream& stream, size_t limit = default_limit)
      : stream_(&stream), limit_(limit < smallest ? smallest : limit) {}
  BufferedReader(const BufferedReader&) = delete;

  // What has come and was not consumed. Valid until the next fill(), read_line() or reset().
  std::string_view view() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void consume(size_t count);
  // Waits for more and appends it to view(). False at the peer's orderly end. Throws LineTooLong
  // when view() already has `limit` bytes, and what the Stream throws.
  Task<bool> fill(Deadline deadline);
  bool is_full() const { return end_ - begin_ >= limit_; }
  // So many are likely to come now: the next fill() makes room for them at once, up to `limit`.
  void expect(size_t count) { expected_ = count; }

  // One line without its LF or CRLF; nothing at the peer's orderly end before a new line. Throws
  // LineTooLong, ConnectionLost at an end in the middle of a line, and what the Stream throws.
  Task<std::optional<std::string>> read_line(Deadline deadline);

  // Forgets what is buffered and reads from `stream` from now on (STARTTLS, COMPRESS).
  void reset(Stream& stream);
  Stream& stream() const { return *stream_; }

 private:
  void make_room();
  Stream* stream_;
  size_t limit_;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
  size_t expected_ = 0;
  bool grow_ = false;  // the last read left no room
  bool busy_ = false;  // the last read took more than a quarter of the buffer
};

}  // namespace tegu::io
