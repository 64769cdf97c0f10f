#include "wire/smtp/line_framer.h"

namespace tegu::wire::smtp {

LineFramer::Step LineFramer::feed(std::string_view bytes, size_t limit) {
  if (line_given_) {
    held_.clear();
    discarded_ = 0;
    line_given_ = false;
  }
  if (bytes.empty()) return {Status::need_more, 0, {}};
  bool after_cr = held_.ends_with('\r');
  size_t at = after_cr ? 0 : bytes.find_first_of("\r\n");
  if (!after_cr && at != std::string_view::npos && bytes[at] == '\r') {
    after_cr = true;
    ++at;
  }
  if (at < bytes.size()) {
    if (!after_cr || bytes[at] != '\n') {
      line_given_ = true;
      return {Status::bare_line_end, at + 1, {}};
    }
    size_t consumed = at + 1;
    line_given_ = true;
    if (discarded_ > 0 || held_.size() + consumed > limit) {
      discarded_ += consumed;
      return {Status::too_long, consumed, {}};
    }
    if (held_.empty()) return {Status::line, consumed, bytes.substr(0, consumed - 2)};
    held_ += bytes.substr(0, consumed);
    return {Status::line, consumed, std::string_view(held_).substr(0, held_.size() - 2)};
  }
  if (discarded_ > 0 || held_.size() + bytes.size() > limit) {
    discarded_ += held_.size() + bytes.size();
    held_ = after_cr ? "\r" : "";
  } else {
    held_ += bytes;
  }
  return {Status::need_more, bytes.size(), {}};
}

}  // namespace tegu::wire::smtp
