// Cuts a client's byte stream into commands (RFC 9051 2.2.1 and 4.3; RFC 7888 non-synchronising
// literals; RFC 3516 literal8). Ordinary commands are gathered whole, with their literals inside
// ("A1 LOGIN {3}\r\nbob x"), for parse_command. The messages of APPEND are not gathered: they are
// handed out piece by piece as they come. Knows no socket: the caller feeds bytes and writes the
// continuation requests.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "wire/imap/limits.h"

namespace tegu::wire::imap {

// All of the input was taken; feed more.
struct NeedMore {};
// A synchronising literal is wanted: write a continuation request ("+ ...\r\n"), then go on.
struct NeedLiteral {
  uint64_t size;
};
// A whole command, without the final CRLF. The view lives until the next call.
struct CommandText {
  std::string_view text;
};
// A line that expect_line() asked for, without CRLF. The view lives until the next call.
struct LineText {
  std::string_view text;
};
// The text before a message of APPEND, without the literal's announcement: "A1 APPEND INBOX
// (\Seen) " for the first, " (\Seen) " for the next of MULTIAPPEND. Either write a continuation
// request (when synchronizing) and go on, or call refuse(). The view lives until the next call.
struct AppendPart {
  std::string_view text;
  bool first;
  uint64_t size;
  bool synchronizing;
  bool binary;  // literal8
};
// Some bytes of the message that the last AppendPart announced; a view into the input. The message
// is over when `size` bytes have come.
struct AppendBytes {
  std::string_view bytes;
};
// The line that ends an APPEND, without CRLF: empty, or ")" after UTF8 (...). As CommandText.
struct AppendEnd {
  std::string_view text;
};
// The command that refuse() was called for is over: now send its answer.
struct Refused {};
// Not a command. `tag` is "*" when none could be read. With `close` the stream cannot be followed
// any further: say BYE and close.
struct FrameError {
  std::string tag;
  std::string text;
  bool close;
};

using Frame = std::variant<NeedMore, NeedLiteral, CommandText, LineText, AppendPart, AppendBytes,
                           AppendEnd, Refused, FrameError>;

class Framer {
 public:
  explicit Framer(Limits limits) : limits_(limits) {}
  // Between commands.
  void set_limits(Limits limits) { limits_ = limits; }

  // One step; takes what it uses from the front of input. Call again until NeedMore.
  Frame next(std::string_view& input);

  // The next line is not a command: an answer to a challenge (AUTHENTICATE) or DONE (IDLE).
  void expect_line() { line_wanted_ = true; }
  // After AppendPart, or in the middle of its message: drop the rest of this command. A client that
  // waits for our continuation request has ended its command already; one that does not wait is
  // read to the end of the command (at most limits.discard bytes, then FrameError with close).
  void refuse();
  // Inside an APPEND: more of it will come, or refuse() may be called.
  bool in_append() const { return appending_ && !reported_; }
  // Nothing of a command has been read yet.
  bool idle() const { return state_ == State::text && buffer_.empty() && !appending_; }

 private:
  enum class State { text, literal, append_wait, append, refused, closed };
  struct Announcement {
    uint64_t size;
    bool synchronizing;
    bool binary;
    size_t length;  // of the announcement itself
  };
  enum class Ending { plain, literal, broken };

  Frame line_done();
  Frame plain_line();
  Frame literal_announced(const Announcement& announced);
  Ending ending(std::string_view line, Announcement& announced) const;
  Frame fail(std::string text, bool close);
  void discard_rest(std::string reason);
  void reset();
  bool is_message(size_t announcement) const;

  Limits limits_;
  State state_ = State::text;
  std::string buffer_;     // the command so far, or the current line while appending
  size_t line_start_ = 0;  // in buffer_
  uint64_t literal_left_ = 0;
  size_t literals_ = 0;
  bool line_wanted_ = false;
  bool reported_ = false;   // buffer_ was shown to the caller and is stale now
  bool appending_ = false;  // a message of this APPEND was announced
  bool waiting_ = false;    // the client waits for our continuation request
  bool discarding_ = false;
  bool refused_ = false;  // discarding because the caller said so
  uint64_t discarded_ = 0;
  std::string tag_;     // of the command being read, once its first line is known
  std::string reason_;  // of discarding
};

}  // namespace tegu::wire::imap
