#include "wire/smtp/data.h"

#include <algorithm>

namespace tegu::wire::smtp {

// The first CR or LF from `at`, or the size: by the two quick searches for one octet. Each look is
// linear in what is left of the piece, so call it only while line ends are sound.
static size_t find_line_end(std::string_view bytes, size_t at) {
  size_t lf = std::min(bytes.find('\n', at), bytes.size());
  return std::min(bytes.substr(0, lf).find('\r', at), lf);
}

void LineEndCheck::feed(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size() && !bare_) {
    if (after_cr_) {
      bare_ = bytes[at++] != '\n';
      after_cr_ = false;
      continue;
    }
    at = find_line_end(bytes, at);
    if (at == bytes.size()) return;
    bare_ = bytes[at] == '\n';
    after_cr_ = bytes[at++] == '\r';
  }
}

namespace {

// So many octets are looked at in one step.
constexpr size_t block = 1024;

// Neither a bare CR or LF, nor a dot at the start of a line; `before` is the octet before them. No
// branches: the compiler makes it look at many octets at a time.
bool is_plain(std::string_view text, char before) {
  unsigned char odd = (before == '\r') != (text.front() == '\n');
  odd |= before == '\n' && text.front() == '.';
  const char* octets = text.data();
  const size_t size = text.size();
  for (size_t i = 1; i < size; ++i) {
    auto after_cr = static_cast<unsigned char>(octets[i - 1] == '\r');
    auto after_lf = static_cast<unsigned char>(octets[i - 1] == '\n');
    auto lf = static_cast<unsigned char>(octets[i] == '\n');
    auto dot = static_cast<unsigned char>(octets[i] == '.');
    odd |= static_cast<unsigned char>((after_cr ^ lf) | (after_lf & dot));
  }
  return odd == 0;
}

}  // namespace

// Most of a message has nothing to be done to it.
size_t DataDecoder::skip_plain(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size() &&
         (state_ == State::line_start || state_ == State::in_line || state_ == State::after_cr)) {
    char before = 'x';
    if (state_ == State::line_start) before = '\n';
    if (state_ == State::after_cr) before = '\r';
    std::string_view part = bytes.substr(at, block);
    if (!is_plain(part, before)) break;
    at += part.size();
    state_ = State::in_line;
    if (part.back() == '\n') state_ = State::line_start;
    if (part.back() == '\r') state_ = State::after_cr;
  }
  return at;
}

DataDecoder::Step DataDecoder::next(std::string_view bytes) {
  size_t start = 0;  // of the output
  size_t at = 0;
  auto output = [&](size_t end) {
    return refused_ ? std::string_view() : bytes.substr(start, end - start);
  };
  size_t looked_at = 0;  // up to here it is known not to be plain
  while (at < bytes.size()) {
    if (at >= looked_at) {
      at += skip_plain(bytes.substr(at));
      looked_at = at + block;
      if (at == bytes.size()) break;
    }
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
        at = refused_ ? std::min(bytes.find_first_of("\r\n", at), bytes.size())
                      : find_line_end(bytes, at);
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
  size_t looked_at = 0;  // up to here it is known not to be plain
  while (at < bytes.size()) {
    if (at >= looked_at && !after_cr_) {
      std::string_view part = bytes.substr(at, block);
      if (is_plain(part, line_start_ ? '\n' : 'x')) {
        at += part.size();
        line_start_ = part.back() == '\n';
        after_cr_ = part.back() == '\r';
        out += part.substr(0, part.size() - (after_cr_ ? 1 : 0));
        continue;
      }
      looked_at = at + block;
    }
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
