// The commands of SMTP, ESMTP and LMTP: verbs, the row type of a server's command table, and the
// arguments of each verb. RFC 5321 4.1, RFC 2033 (LMTP), RFC 1870, 6152, 6531, 3461, 4954 (ESMTP
// parameters), RFC 3030 (BDAT).
// A server first looks at the verb and at its table (may this be said now?) and only then reads the
// arguments; so a command out of order is answered 503 whatever its arguments are.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wire/smtp/envelope.h"
#include "wire/smtp/reply.h"

namespace tegu::wire::smtp {

enum class Verb {
  unknown,
  helo,
  ehlo,
  lhlo,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  quit,
  vrfy,
  expn,
  help,
  starttls,
  auth,
};
std::string_view verb_name(Verb verb);  // "MAIL"; "" for unknown

// A command line without CRLF, cut at its first blank. Trailing blanks are gone (RFC 5321 4.1.1).
struct Command {
  Verb verb;
  std::string_view word;       // as the client wrote it
  std::string_view arguments;  // borrowed from the line
};
Command split_command(std::string_view line);

// A row of a server's command table. States and flags are the server's own bits; the dispatcher
// compares them, handlers never do.
template <class Handler>
struct CommandRow {
  Verb verb;
  unsigned states;
  unsigned flags;
  Handler handler;
};
template <class Handler>
const CommandRow<Handler>* find_row(std::span<const CommandRow<Handler>> table, Verb verb) {
  for (const auto& row : table) {
    if (row.verb == verb) return &row;
  }
  return nullptr;
}

// The refusal of bad arguments: 501, 553 or 555 with its enhanced code, ready to be sent.
template <class T>
using Parsed = std::expected<T, Reply>;

// HELO, EHLO, LHLO: one host name or address literal, in Address::domain's form.
[[nodiscard]] Parsed<std::string> parse_greeting(std::string_view arguments);

// MAIL FROM:<reverse-path> [parameters]
struct MailArguments {
  Address reverse_path;
  std::optional<uint64_t> size;
  BodyType body = BodyType::seven_bit;
  bool smtputf8 = false;
  Ret ret = Ret::unset;
  std::string envid;                // xtext decoded; at most 100 octets before
  std::optional<std::string> auth;  // AUTH= decoded: a mailbox, or "<>"
};
[[nodiscard]] Parsed<MailArguments> parse_mail(std::string_view arguments);

// RCPT TO:<forward-path> [parameters]; utf8 when MAIL said SMTPUTF8.
struct RcptArguments {
  Address address;
  Notify notify;
  std::optional<OriginalRecipient> original;
};
[[nodiscard]] Parsed<RcptArguments> parse_rcpt(std::string_view arguments, bool utf8);

// BDAT size [LAST]
struct BdatArguments {
  uint64_t size = 0;
  bool last = false;
};
[[nodiscard]] Parsed<BdatArguments> parse_bdat(std::string_view arguments);

// AUTH mechanism [initial-response]; the mechanism in upper case, the response base64 decoded ("="
// gives an empty one, RFC 4954 4).
struct AuthArguments {
  std::string mechanism;
  std::optional<std::string> initial;
};
[[nodiscard]] Parsed<AuthArguments> parse_auth(std::string_view arguments);

// DATA, RSET, QUIT, STARTTLS: nothing may follow.
[[nodiscard]] Parsed<void> parse_nothing(std::string_view arguments);

}  // namespace tegu::wire::smtp
