// SMTP replies (RFC 5321 4.2) with enhanced status codes (RFC 2034, RFC 3463): composing them, and
// reading them from a server.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::wire::smtp {

struct Reply {
  int code = 0;          // 200 to 599
  std::string enhanced;  // "5.7.1" or empty
  std::string text;      // lines separated by "\n", without a final one

  bool positive() const { return code >= 200 && code < 300; }
  bool intermediate() const { return code >= 300 && code < 400; }
  bool temporary() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500; }
  // Everything in one line: "550 5.7.1 Relaying denied".
  std::string line() const;
  bool operator==(const Reply&) const = default;
};

// The wire form, CRLF at the end of each line; the enhanced code stands in every line (RFC 2034 4).
// Controls and CR become "?", so that foreign text in a reply cannot forge another; lines are cut
// at 510 octets without breaking UTF-8.
std::string format(const Reply& reply);

// "2.0.0" to "5.999.999" whose class is 2, 4 or 5 (RFC 3463 2).
bool is_enhanced_code(std::string_view text);

// Reads one reply from bytes that come in pieces. A reply ends with its last line; whatever follows
// stays unread (a client checks this at STARTTLS). A bare LF ends a line too, since some servers do
// so and a reply carries no foreign data onward. Limits: 128 lines, 2,048 octets a line.
class ReplyReader {
 public:
  enum class Status {
    need_more,
    reply,       // reply() holds it; feed again for the next one
    bad_syntax,  // no reply; the connection is of no more use
    too_long,    // over a limit; likewise
  };
  struct Step {
    Status status;
    size_t consumed;  // octets of `bytes` that belong to this reply
  };
  Step feed(std::string_view bytes);
  const Reply& reply() const { return reply_; }

 private:
  // The end of a line; true when it was the last one.
  std::optional<bool> end_line();

  Reply reply_;
  std::string line_;
  size_t lines_ = 0;
  bool finished_ = false;
};

}  // namespace tegu::wire::smtp
