// How much one IMAP client may ask us to hold. Everything is per command; what is over the limit is
// refused with BAD, and the connection is closed where the rest of the command cannot be skipped.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tegu::wire::imap {

struct Limits {
  size_t line = 64 * 1024;            // bytes of one line, without CRLF
  size_t literal = 128 * 1024;        // bytes of one literal that is not a message of APPEND
  size_t nonsync_literal = SIZE_MAX;  // RFC 7888 LITERAL-: 4096 before login
  size_t command = 1024 * 1024;       // bytes of all lines and buffered literals together
  size_t literals = 1000;             // of one command
  uint64_t discard = 256ULL << 20;    // bytes of a refused command that are read and dropped
  unsigned depth = 50;                // nested parentheses, OR, NOT
  size_t ranges = 16 * 1024;          // of one sequence set

  static Limits before_login() {
    return {.line = 8 * 1024,
            .literal = 8 * 1024,
            .nonsync_literal = 4096,
            .command = 64 * 1024,
            .literals = 8,
            .discard = 0};
  }
  static Limits after_login() { return {}; }
};

}  // namespace tegu::wire::imap
