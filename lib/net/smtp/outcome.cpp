#include "net/smtp/outcome.h"

namespace tegu::net::smtp {
namespace {

Outcome::Kind kind_of(char first_digit) {
  if (first_digit == '2') return Outcome::Kind::accepted;
  return first_digit == '5' ? Outcome::Kind::permanent : Outcome::Kind::temporary;
}

// RFC 5321 4.5.3.1.10: 552 to RCPT means "too many recipients" with some servers, and the rest are
// to be sent in another transaction; one that tells another reason by an enhanced code means that.
bool too_many_recipients(const wire::smtp::Reply& reply, std::string_view command) {
  return reply.code == 552 && command == "RCPT TO" &&
         (reply.enhanced.empty() || reply.enhanced == "5.5.3");
}

}  // namespace

Outcome outcome_of(const wire::smtp::Reply& reply, std::string_view command) {
  Outcome outcome;
  outcome.kind = kind_of(static_cast<char>('0' + reply.code / 100));
  if (too_many_recipients(reply, command)) outcome.kind = Outcome::Kind::temporary;
  bool ours = outcome.kind == Outcome::Kind::temporary && !reply.enhanced.starts_with('4');
  if (!reply.enhanced.empty() && !ours) {
    outcome.status = reply.enhanced;
  } else {
    outcome.status = outcome.kind == Outcome::Kind::accepted    ? "2.0.0"
                     : outcome.kind == Outcome::Kind::permanent ? "5.0.0"
                                                                : "4.0.0";
  }
  outcome.text = reply.line();
  outcome.command = command;
  outcome.code = reply.code;
  return outcome;
}

Outcome own_outcome(std::string_view status, std::string text) {
  return {.kind = kind_of(status.front()),
          .status = std::string(status),
          .text = std::move(text),
          .command = {},
          .code = 0};
}

}  // namespace tegu::net::smtp
