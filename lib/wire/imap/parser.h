// From the text that the framer gathered to a Command (RFC 9051 9), and the command table: every
// command with its grammar, the states that allow it, and what the dispatcher must know about it.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "wire/imap/command.h"
#include "wire/imap/limits.h"

namespace tegu::wire::imap {

class Cursor;

// Session states as bits (RFC 9051 3).
enum State : uint8_t { not_authenticated = 1, authenticated = 2, selected = 4 };
constexpr uint8_t any_state = not_authenticated | authenticated | selected;
constexpr uint8_t logged_in = authenticated | selected;

enum CommandFlag : uint8_t {
  takes_uid = 1,    // may follow UID
  no_expunges = 4,  // RFC 9051 7.5.1: no EXPUNGE response may go out with its answer
  streams = 8,      // handled before it is whole (APPEND)
};

struct CommandRow {
  std::string_view name;
  Arguments (*parse)(Cursor&, bool uid);
  uint8_t states;
  uint8_t flags;
};
// By name in any case; null if there is none.
const CommandRow* find_command(std::string_view name);

struct ParseContext {
  Limits limits;
  bool utf8 = false;  // mailbox names are UTF-8: IMAP4rev2 or UTF8=ACCEPT is enabled
};

// Why a command is not one: answer "<tag> BAD text", or "<tag> NO [BADCHARSET ...] text".
struct ParseError {
  std::string tag;  // "*" when none could be read
  std::string text;
  bool bad_charset = false;
  bool unknown = false;  // no such command
};

[[nodiscard]] std::expected<Command, ParseError> parse_command(std::string_view text,
                                                               const ParseContext& context);
// AppendPart.text of the first message, and of the others; AppendEnd.text.
[[nodiscard]] std::expected<Append, ParseError> parse_append_start(std::string_view text,
                                                                   const ParseContext& context);
[[nodiscard]] std::expected<AppendMessage, ParseError> parse_append_next(
    std::string_view text, bool after_utf8, const ParseContext& context);
// True if the text rightly ends an APPEND whose last message had this `utf8`.
bool append_ends(std::string_view text, bool after_utf8);

}  // namespace tegu::wire::imap
