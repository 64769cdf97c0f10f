// Looks at the names of a letter's header fields as its octets pass by: counts the hops, and knows
// which fields are there. Keeps nothing but the start of the present line.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::smtpd {

class HeaderScan {
 public:
  // The next octets of the letter. When the header's blank line starts among them: its offset.
  std::optional<size_t> feed(std::string_view bytes);
  // The blank line was seen, or a line that is no header field.
  bool ended() const { return state_ == State::ended; }

  int received() const { return received_; }  // Received fields (RFC 5321 6.3)
  bool has_date() const { return has_date_; }
  bool has_message_id() const { return has_message_id_; }
  // Its value in one line, cut at 250 octets, for logs; empty until its line has ended.
  const std::string& message_id() const { return message_id_; }

 private:
  enum class State { line_start, name, value, ended };
  void end_name();

  State state_ = State::line_start;
  std::string name_;
  bool keep_value_ = false;
  int received_ = 0;
  bool has_date_ = false;
  bool has_message_id_ = false;
  std::string message_id_;
};

}  // namespace tegu::smtpd
