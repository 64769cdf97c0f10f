// How a command refuses: thrown by handlers, caught once by the session, which answers
// "<tag> NO [CODE] text" (or BAD).
#pragma once
#include <string>

#include "wire/imap/response.h"

namespace tegu::imapd {

struct CommandError {
  wire::imap::Code code = wire::imap::Code::none;
  std::string text;
  wire::imap::Condition condition = wire::imap::Condition::no;
};

[[noreturn]] inline void refuse(wire::imap::Code code, std::string text) {
  throw CommandError{code, std::move(text)};
}
[[noreturn]] inline void refuse_bad(std::string text) {
  throw CommandError{wire::imap::Code::none, std::move(text), wire::imap::Condition::bad};
}

}  // namespace tegu::imapd
