// The tokens of RFC 9051 9 over one gathered command. Internal to the parser: a fault throws
// Syntax, which parse_command catches at its door and turns into a value.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "wire/imap/command.h"
#include "wire/imap/parser.h"
#include "wire/imap/seqset.h"

namespace tegu::wire::imap {

struct Syntax {
  std::string text;
  bool bad_charset = false;
};

class Cursor {
 public:
  Cursor(std::string_view text, const ParseContext& context) : rest_(text), context_(context) {}

  const ParseContext& context() const { return context_; }
  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool next_is_digit() const { return !rest_.empty() && base::is_digit(rest_.front()); }
  // Takes the character or word (any case, not a prefix of a longer word) if it is next.
  bool accept(char c);
  bool accept_word(std::string_view word);
  bool accept_text(std::string_view text);  // exactly, whatever follows
  void need(char c);
  void space() { need(' '); }
  void end() const;

  std::string_view tag();
  std::string_view atom();  // not empty
  std::string word();       // atom in upper case
  std::string string();     // quoted or literal
  std::string astring();
  std::optional<std::string> nstring();
  std::string mailbox();
  std::string list_mailbox();  // with wildcards
  std::string flag();
  std::vector<std::string> flag_list();  // parenthesised
  uint32_t number();
  uint32_t nz_number();
  uint64_t number64();  // 63 bits
  SeqSet seqset();
  std::chrono::sys_days date();  // quoted or not
  base::MailDate date_time();    // quoted

  // Takes the characters that `wanted` likes.
  template <class Predicate>
  std::string_view take_while(Predicate wanted) {
    size_t n = 0;
    while (n < rest_.size() && wanted(rest_[n])) ++n;
    std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  // Held while inside a nested construct; the limit on depth is checked as it is made.
  class Level {
   public:
    explicit Level(Cursor& cursor);
    ~Level() { --cursor_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Cursor& cursor_;
  };

 private:
  std::string decoded_mailbox(std::string_view wire) const;
  std::string quoted();
  std::string literal();

  std::string_view rest_;
  const ParseContext& context_;
  unsigned depth_ = 0;
};

[[noreturn]] void syntax(std::string text);

// Arguments of the commands that have grammars of their own.
Arguments parse_fetch(Cursor& in, bool uid);
Arguments parse_store(Cursor& in, bool uid);
Arguments parse_search(Cursor& in, bool uid);
Arguments parse_list(Cursor& in, bool uid);
Arguments parse_lsub(Cursor& in, bool uid);
StatusItems parse_status_items(Cursor& in);

}  // namespace tegu::wire::imap
