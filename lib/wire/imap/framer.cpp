#include "wire/imap/framer.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::wire::imap {
namespace {

// RFC 9051 9: tag = 1*<any ASTRING-CHAR except "+">.
bool is_tag_char(char c) {
  return c > ' ' && c < 0x7f && std::string_view("(){%*\"\\+").find(c) == std::string_view::npos;
}

constexpr size_t max_tag = 128;

std::string tag_of(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && end <= max_tag && is_tag_char(text[end])) ++end;
  bool whole = end > 0 && end <= max_tag && end < text.size() && text[end] == ' ';
  return whole ? std::string(text.substr(0, end)) : "*";
}

}  // namespace

Frame Framer::next(std::string_view& input) {
  if (reported_) reset();
  while (true) {
    switch (state_) {
      case State::closed:
        input = {};
        return NeedMore{};
      case State::refused:
        reset();
        return Refused{};
      case State::append_wait:
        // RFC 9051 6.3.12: the caller has accepted, or it would have called refuse().
        buffer_.clear();
        line_start_ = 0;
        waiting_ = false;
        state_ = State::append;
        break;
      case State::append: {
        if (literal_left_ == 0) {
          state_ = State::text;
          break;
        }
        if (discarding_ && discarded_ + literal_left_ > limits_.discard)
          return fail("Too much to skip", true);
        if (input.empty()) return NeedMore{};
        std::string_view piece = input.substr(0, std::min<uint64_t>(literal_left_, input.size()));
        input.remove_prefix(piece.size());
        literal_left_ -= piece.size();
        if (!discarding_) return AppendBytes{piece};
        discarded_ += piece.size();
        break;
      }
      case State::literal: {
        size_t take = std::min<uint64_t>(literal_left_, input.size());
        if (!discarding_) buffer_ += input.substr(0, take);
        input.remove_prefix(take);
        literal_left_ -= take;
        if (literal_left_ > 0) return NeedMore{};
        line_start_ = buffer_.size();
        state_ = State::text;
        break;
      }
      case State::text: {
        if (input.empty()) return NeedMore{};
        size_t newline = input.find('\n');
        size_t take = newline == std::string_view::npos ? input.size() : newline + 1;
        if (buffer_.size() - line_start_ + take > limits_.line + 2) {
          // Its start tells the tag, however the bytes came.
          if (tag_.empty()) buffer_ += input.substr(0, std::min(take, max_tag + 1));
          return fail("Line too long", true);
        }
        buffer_ += input.substr(0, take);
        input.remove_prefix(take);
        if (newline == std::string_view::npos) return NeedMore{};
        Frame frame = line_done();
        if (!std::holds_alternative<NeedMore>(frame)) return frame;
        break;
      }
    }
  }
}

Frame Framer::line_done() {
  std::string_view line = std::string_view(buffer_).substr(line_start_);
  if (!line.ends_with("\r\n")) return fail("Lines end with CRLF, not with a bare LF", true);
  buffer_.resize(buffer_.size() - 2);
  line.remove_suffix(2);
  if (tag_.empty()) tag_ = tag_of(line);
  if (!discarding_ && line.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
    discard_rest("A line holds a bare CR or a NUL");
  if (line_wanted_) {
    if (discarding_) return plain_line();
    line_wanted_ = false;
    reported_ = true;
    return LineText{buffer_};
  }
  Announcement announced{};
  switch (ending(line, announced)) {
    case Ending::broken:
      return fail("Literal size is not a number that fits", true);
    case Ending::literal:
      return literal_announced(announced);
    case Ending::plain:
      return plain_line();
  }
  return NeedMore{};
}

Frame Framer::plain_line() {
  if (discarding_) {
    if (!refused_) return fail(std::move(reason_), false);
    reset();
    return Refused{};
  }
  if (!appending_ && buffer_.size() > limits_.command) return fail("Command too long", false);
  reported_ = true;
  if (appending_) return AppendEnd{buffer_};
  return CommandText{buffer_};
}

Frame Framer::literal_announced(const Announcement& announced) {
  size_t text_size = buffer_.size() - announced.length;
  literal_left_ = announced.size;
  ++literals_;
  bool message = appending_ || is_message(text_size);
  if (!discarding_ && literals_ > limits_.literals) discard_rest("Too many literals");
  if (!discarding_ && !message) {
    // RFC 7888 4: BAD for a literal that the server will not take.
    if (announced.size > limits_.literal)
      discard_rest("Literal too large");
    else if (!announced.synchronizing && announced.size > limits_.nonsync_literal)
      discard_rest("Non-synchronizing literal too large");
    else if (buffer_.size() + announced.size > limits_.command)
      discard_rest("Command too long");
  }
  if (discarding_) {
    // A client that waits for "+" has ended its command already; it takes our BAD or NO for it.
    if (announced.synchronizing) return plain_line();
    discarded_ += announced.size;
    if (discarded_ > limits_.discard) return fail(refused_ ? "Too much to skip" : reason_, true);
    buffer_.resize(line_start_);
    state_ = State::literal;
    return NeedMore{};
  }
  waiting_ = announced.synchronizing;
  if (message) {
    bool first = !appending_;
    appending_ = true;
    state_ = State::append_wait;
    return AppendPart{std::string_view(buffer_).substr(0, text_size), first, announced.size,
                      announced.synchronizing, announced.binary};
  }
  buffer_ += "\r\n";
  line_start_ = buffer_.size();
  state_ = State::literal;
  if (announced.synchronizing) return NeedLiteral{announced.size};
  return NeedMore{};
}

// Looks for "{n}", "{n+}" or "~{n}" at the end of a line.
Framer::Ending Framer::ending(std::string_view line, Announcement& announced) const {
  if (!line.ends_with('}')) return Ending::plain;
  size_t open = line.rfind('{');
  if (open == std::string_view::npos) return Ending::plain;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  announced.synchronizing = !digits.ends_with('+');
  if (!announced.synchronizing) digits.remove_suffix(1);
  if (digits.empty() || !std::ranges::all_of(digits, base::is_digit)) return Ending::plain;
  // RFC 9051 9: number64 is a 63-bit number.
  auto size = base::parse_number<int64_t>(digits);
  if (!size) return Ending::broken;
  announced.size = static_cast<uint64_t>(*size);
  announced.binary = open > 0 && line[open - 1] == '~';
  announced.length = line.size() - open + (announced.binary ? 1 : 0);
  return Ending::literal;
}

// Does the literal announced at this place of buffer_ carry a message? The first literal of an
// APPEND may be the mailbox name.
bool Framer::is_message(size_t announcement) const {
  std::string_view text(buffer_);
  size_t space = text.substr(0, max_tag + 1).find(' ');
  if (space == std::string_view::npos || !base::istarts_with(text.substr(space + 1), "APPEND "))
    return false;
  return announcement > space + 8;
}

void Framer::refuse() {
  if (state_ == State::closed) return;
  refused_ = true;
  discarding_ = true;
  if (state_ == State::append_wait && waiting_) {
    state_ = State::refused;
    return;
  }
  if (state_ == State::append_wait) {
    buffer_.clear();
    line_start_ = 0;
    state_ = State::append;
  }
}

void Framer::discard_rest(std::string reason) {
  discarding_ = true;
  reason_ = std::move(reason);
}

Frame Framer::fail(std::string text, bool close) {
  FrameError error{tag_.empty() ? tag_of(buffer_) : tag_, std::move(text), close};
  reset();
  line_wanted_ = false;
  if (close) state_ = State::closed;
  return error;
}

void Framer::reset() {
  // A large command must not stay with an idle session.
  if (buffer_.capacity() > 4096) base::release(buffer_);
  buffer_.clear();
  tag_.clear();
  reason_.clear();
  state_ = State::text;
  line_start_ = 0;
  literal_left_ = discarded_ = 0;
  literals_ = 0;
  reported_ = appending_ = waiting_ = discarding_ = refused_ = false;
}

}  // namespace tegu::wire::imap
