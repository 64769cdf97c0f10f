// A cursor over the value of a structured header field: blanks, comments, quoted strings and runs
// of characters (RFC 5322 3.2). Never goes back, so every parser on top of it is linear.
#pragma once
#include <string>
#include <string_view>

#include "wire/mime/limits.h"

namespace tegu::wire::mime {

class Lexer {
 public:
  explicit Lexer(std::string_view text, const Limits& limits = {})
      : text_(text), comment_depth_(limits.comment_depth) {}

  bool at_end() const { return at_ == text_.size(); }
  // 0 at the end.
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c);
  void skip_one() { at_ += at_end() ? 0 : 1; }

  // CFWS: blanks, line ends and nested comments. Says whether there were any.
  bool skip_blanks();
  // Text of the last comment that skip_blanks() met, without its parentheses; cleared by the call.
  std::string take_comment();

  // Stands at a '"': its content without quoting and line ends; an open end runs to the end.
  std::string quoted();
  // Characters up to a blank, '(' or one of stops; may be empty.
  std::string_view run(std::string_view stops);
  // Everything up to one of stops.
  std::string_view until(std::string_view stops);
  // The first of stops that lies ahead; 0 when there is none.
  char next_of(std::string_view stops) const;

 private:
  void comment();

  std::string_view text_;
  size_t at_ = 0;
  uint32_t comment_depth_;
  std::string comment_;
};

// RFC 2045 5.1: visible ASCII without tspecials; false when empty.
bool is_token(std::string_view text);

}  // namespace tegu::wire::mime
