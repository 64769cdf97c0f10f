#include "wire/smtp/data.h"

#include <algorithm>

namespace tegu::wire::smtp {

void LineEndCheck::feed(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size() && !bare_) {
    if (after_cr_) {
      bare_ = bytes[at++] != '\n';
      after_cr_ = false;
      continue;
    }
    at = bytes.find_first_of("\r\n", at);
    if (at == std::string_view::npos) return;
    bare_ = bytes[at] == '\n';
    after_cr_ = bytes[at++] == '\r';
  }
}

DataDecoder::Step DataDecoder::next(std::string_view bytes) {
  size_t start = 0;  // of the output
  size_t at = 0;
  auto output = [&](size_t end) {
    return refused_ ? std::string_view() : bytes.substr(start, end - start);
  };
  while (at < bytes.size()) {
    char c = bytes[at];
    switch (state_) {
      case State::line_start:
        if (c == '.') {
          // RFC 5321 4.5.2: the first dot of a line is never part of the message.
          state_ = State::after_dot;
          Step step{at + 1, output(at), false};
          return step;
        }
        state_ = State::in_line;
        break;
      case State::in_line:
        at = std::min(bytes.find_first_of("\r\n", at), bytes.size());
        if (at == bytes.size()) break;
        refused_ |= bytes[at] == '\n';
        if (bytes[at] == '\r') state_ = State::after_cr;
        ++at;
        break;
      case State::after_cr:
        if (c == '\n') {
          state_ = State::line_start;
        } else {
          refused_ = true;
          if (c != '\r') state_ = State::in_line;
        }
        ++at;
        break;
      case State::after_dot:
        if (c == '\r') {
          state_ = State::after_dot_cr;
          ++at;
          start = at;
        } else {
          state_ = State::in_line;
        }
        break;
      case State::after_dot_cr:
        ++at;
        if (c == '\n') {
          state_ = State::line_start;
          return {at, {}, true};
        }
        refused_ = true;
        state_ = c == '\r' ? State::after_cr : State::in_line;
        break;
    }
  }
  return {at, output(at), false};
}

std::string_view ChunkCounter::take(std::string_view bytes) {
  std::string_view part = bytes.substr(0, std::min<uint64_t>(left_, bytes.size()));
  left_ -= part.size();
  return part;
}

void DataEncoder::encode(std::string_view bytes, std::string& out) {
  size_t at = 0;
  while (at < bytes.size()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes[at] == '\n') {
        out += "\r\n";
        line_start_ = true;
        ++at;
      } else {
        out += ' ';
        line_start_ = false;
      }
      continue;
    }
    if (line_start_ && bytes[at] == '.') out += '.';
    size_t end = std::min(bytes.find_first_of("\r\n", at), bytes.size());
    out += bytes.substr(at, end - at);
    if (end > at) line_start_ = false;
    at = end;
    if (at == bytes.size()) return;
    if (bytes[at++] == '\r') {
      after_cr_ = true;
    } else {
      out += ' ';
      line_start_ = false;
    }
  }
}

void DataEncoder::finish(std::string& out) {
  if (after_cr_ || !line_start_) out += "\r\n";
  out += ".\r\n";
  *this = DataEncoder();
}

}  // namespace tegu::wire::smtp
