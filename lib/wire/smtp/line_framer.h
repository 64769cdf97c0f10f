// Command lines out of a stream of bytes. Only CRLF ends a line (RFC 5321 2.3.8); a bare CR or a
// bare LF is an error, since peers that disagree about line ends smuggle messages.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tegu::wire::smtp {

constexpr size_t max_command_line = 2048;  // with CRLF
constexpr size_t max_auth_line = 12288;    // RFC 4954 4: AUTH and its responses

class LineFramer {
 public:
  enum class Status {
    need_more,
    line,           // complete, without CRLF
    bare_line_end,  // a CR not before LF, or an LF not after CR: the peer must be dropped
    too_long,       // complete, but its octets are gone; told once, after its CRLF
  };
  struct Step {
    Status status;
    size_t consumed;        // octets of `bytes` that are dealt with
    std::string_view line;  // valid until the next feed and while `bytes` lives
  };
  // Reads up to one line's end. `limit` counts CRLF and may change between lines.
  Step feed(std::string_view bytes, size_t limit = max_command_line);
  // Octets of the present over-long line that were thrown away: a peer that goes on for ever is to
  // be dropped.
  size_t discarded() const { return discarded_; }
  // Nothing of an unfinished line is held.
  bool empty() const { return line_given_ || (held_.empty() && discarded_ == 0); }

 private:
  std::string held_;  // the start of a line whose end has not come yet
  bool line_given_ = false;
  size_t discarded_ = 0;
};

}  // namespace tegu::wire::smtp
