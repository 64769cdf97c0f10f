#include "header_scan.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::smtpd {
namespace {

constexpr size_t longest_name = 64;
constexpr size_t longest_message_id = 250;

}  // namespace

std::optional<size_t> HeaderScan::feed(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size() && state_ != State::ended;) {
    char c = bytes[at];
    switch (state_) {
      case State::line_start:
        // A bare CR is refused elsewhere, so this one starts the blank line.
        if (c == '\r' || c == '\n') {
          state_ = State::ended;
          return at;
        }
        if (c == ' ' || c == '\t') {
          state_ = State::value;
          break;
        }
        keep_value_ = false;
        name_.clear();
        state_ = State::name;
        break;
      case State::name:
        if (c == ':') {
          end_name();
        } else if (name_.size() == longest_name) {
          state_ = State::value;
        } else if (c == '\r' || c == '\n') {
          state_ = State::ended;
        } else {
          name_ += c;
        }
        ++at;
        break;
      case State::value: {
        size_t end = std::min(bytes.find('\n', at), bytes.size());
        if (keep_value_ && message_id_.size() < longest_message_id)
          message_id_ += bytes.substr(at, std::min(end - at, longest_message_id));
        at = end;
        if (at < bytes.size()) {
          ++at;
          state_ = State::line_start;
        }
        break;
      }
      case State::ended:
        break;
    }
  }
  return {};
}

void HeaderScan::end_name() {
  std::string_view name = base::trim(name_);
  state_ = State::value;
  if (base::iequals(name, "Received")) ++received_;
  if (base::iequals(name, "Date")) has_date_ = true;
  if (base::iequals(name, "Message-ID")) {
    keep_value_ = !has_message_id_;
    has_message_id_ = true;
  }
}

}  // namespace tegu::smtpd
