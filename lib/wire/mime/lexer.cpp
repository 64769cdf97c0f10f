#include "wire/mime/lexer.h"

#include <algorithm>
#include <utility>

namespace tegu::wire::mime {

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool Lexer::take(char c) {
  if (at_end() || text_[at_] != c) return false;
  at_++;
  return true;
}

bool Lexer::skip_blanks() {
  size_t start = at_;
  while (!at_end()) {
    if (is_blank(text_[at_])) {
      at_++;
    } else if (text_[at_] == '(') {
      comment();
    } else {
      break;
    }
  }
  return at_ > start;
}

void Lexer::comment() {
  comment_.clear();
  at_++;
  for (uint32_t depth = 1; !at_end(); at_++) {
    char c = text_[at_];
    if (c == '\\' && at_ + 1 < text_.size()) {
      c = text_[++at_];
    } else if (c == '(' && ++depth > comment_depth_) {
      at_ = text_.size();
      return;
    } else if (c == ')' && --depth == 0) {
      at_++;
      return;
    }
    if (c != '\r' && c != '\n') comment_ += c;
  }
}

std::string Lexer::take_comment() {
  return std::exchange(comment_, {});
}

std::string Lexer::quoted() {
  std::string out;
  for (at_++; !at_end(); at_++) {
    char c = text_[at_];
    if (c == '"') {
      at_++;
      break;
    }
    if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
    if (c != '\r' && c != '\n') out += c;
  }
  return out;
}

std::string_view Lexer::run(std::string_view stops) {
  size_t start = at_;
  while (!at_end() && !is_blank(text_[at_]) && text_[at_] != '(' && !stops.contains(text_[at_])) {
    at_++;
  }
  return text_.substr(start, at_ - start);
}

char Lexer::next_of(std::string_view stops) const {
  size_t at = text_.find_first_of(stops, at_);
  return at == std::string_view::npos ? '\0' : text_[at];
}

std::string_view Lexer::until(std::string_view stops) {
  auto text = text_.substr(at_, text_.substr(at_).find_first_of(stops));
  at_ += text.size();
  return text;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > 32 && c < 127 && !std::string_view("()<>@,;:\\\"/[]?=").contains(c);
  });
}

}  // namespace tegu::wire::mime
