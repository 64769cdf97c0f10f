// A look at a message header while it streams by, for those who must not keep it: submission
// (RFC 6409 8: which fields must be added) and loop detection (RFC 5321 6.3). Ends the header
// exactly where parse() does.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/mime/limits.h"

namespace tegu::wire::mime {

class HeaderScan {
 public:
  // not_a_field: a line that is no field ended the header; who adds fields must add a blank line
  // too. limit: more bytes or lines than Limits allow, the header goes on behind them.
  enum class End { none, blank_line, not_a_field, end_of_message, limit };
  struct Counts {
    uint32_t received = 0;
    uint32_t delivered_to = 0;
    uint32_t date = 0;
    uint32_t message_id = 0;
    uint32_t from = 0;
    uint32_t sender = 0;
    bool operator==(const Counts&) const = default;
  };

  explicit HeaderScan(const Limits& limits = {}) : limits_(limits) {}

  // The next piece of the message, of any size. Says whether the header has ended; what follows it
  // is ignored.
  bool feed(std::string_view piece);
  // There is no more.
  void finish();

  bool ended() const { return end_ != End::none; }
  End end() const { return end_; }
  // Bytes of the header, its blank line included; at the limit, and before the end, what was seen
  // so far.
  uint64_t header_size() const { return ended() ? header_size_ : offset_; }
  const Counts& counts() const { return counts_; }
  // The first Message-ID with its angles, as far as it was read.
  [[nodiscard]] std::optional<std::string> message_id() const;

 private:
  enum class State { line_start, carriage_return, name, blank_after_name, rest };
  void step(char c);
  void line_ended();
  void field_named();
  bool is_mbox_from() const;
  void stop(End end, uint64_t header_size);

  Limits limits_;
  State state_ = State::line_start;
  End end_ = End::none;
  uint64_t header_size_ = 0;
  uint64_t offset_ = 0;
  uint64_t line_begin_ = 0;
  uint32_t lines_ = 0;
  std::string name_;
  bool space_after_name_ = false;
  bool keep_value_ = false;
  std::string message_id_value_;
  Counts counts_;
};

}  // namespace tegu::wire::mime
