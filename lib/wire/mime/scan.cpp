#include "wire/mime/scan.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "wire/mime/address.h"
#include "wire/mime/header.h"

namespace tegu::wire::mime {

// RFC 5322 2.1.1: no line is longer, and an id fits on a line.
constexpr size_t message_id_limit = 998;

bool HeaderScan::feed(std::string_view piece) {
  while (!piece.empty() && !ended()) {
    size_t count = 1;
    if (state_ == State::rest) {
      // No further than the limit, so that the pieces do not matter.
      count = std::min({piece.find('\n'), piece.size(), limits_.header_bytes - offset_});
      if (keep_value_) {
        size_t room = message_id_limit - message_id_value_.size();
        message_id_value_ += piece.substr(0, std::min(count, room));
      }
    }
    if (count == 0) count = 1;
    offset_ += count;
    if (state_ != State::rest || piece.front() == '\n') step(piece.front());
    piece.remove_prefix(count);
    if (!ended() && (offset_ >= limits_.header_bytes || lines_ >= limits_.header_lines)) {
      stop(End::limit, offset_);
    }
  }
  return ended();
}

// offset_ already counts c.
void HeaderScan::step(char c) {
  bool blank = c == ' ' || c == '\t';
  bool names = c > 32 && c < 127 && c != ':';
  switch (state_) {
    case State::line_start:
      if (c == '\n') return stop(End::blank_line, offset_);
      if (c == '\r') {
        state_ = State::carriage_return;
      } else if (blank && lines_ > 0) {
        state_ = State::rest;
      } else if (names) {
        name_ = c;
        keep_value_ = false;
        state_ = State::name;
      } else {
        stop(End::not_a_field, line_begin_);
      }
      return;
    case State::carriage_return:
      if (c == '\n') return stop(End::blank_line, offset_);
      return stop(End::not_a_field, line_begin_);
    case State::name:
      if (names && name_.size() < field_name_limit) {
        name_ += c;
      } else if (c == ':') {
        field_named();
      } else if (blank) {
        space_after_name_ = c == ' ';
        state_ = State::blank_after_name;
      } else {
        stop(End::not_a_field, line_begin_);
      }
      return;
    case State::blank_after_name:
      if (blank) return;
      if (c == ':') return field_named();
      if (!is_mbox_from()) return stop(End::not_a_field, line_begin_);
      state_ = State::rest;
      if (c == '\n') line_ended();
      return;
    case State::rest:
      return line_ended();
  }
}

void HeaderScan::line_ended() {
  state_ = State::line_start;
  line_begin_ = offset_;
  lines_++;
}

void HeaderScan::field_named() {
  const std::pair<std::string_view, uint32_t&> counted[] = {
      {"received", counts_.received}, {"delivered-to", counts_.delivered_to},
      {"date", counts_.date},         {"message-id", counts_.message_id},
      {"from", counts_.from},         {"sender", counts_.sender}};
  for (auto& [name, count] : counted) {
    if (base::iequals(name_, name)) count++;
  }
  keep_value_ = base::iequals(name_, "message-id") && counts_.message_id == 1;
  state_ = State::rest;
}

bool HeaderScan::is_mbox_from() const {
  return lines_ == 0 && space_after_name_ && (name_ == "From" || name_ == ">From");
}

void HeaderScan::stop(End end, uint64_t header_size) {
  end_ = end;
  header_size_ = header_size;
}

void HeaderScan::finish() {
  if (ended()) return;
  bool half_line = state_ == State::carriage_return || state_ == State::name ||
                   (state_ == State::blank_after_name && !is_mbox_from());
  if (half_line) return stop(End::not_a_field, line_begin_);
  stop(End::end_of_message, offset_);
}

std::optional<std::string> HeaderScan::message_id() const {
  auto ids = message_ids(message_id_value_);
  if (ids.empty()) return std::nullopt;
  return ids.front();
}

}  // namespace tegu::wire::mime
