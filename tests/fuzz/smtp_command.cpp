// Command lines of SMTP (wire/smtp/command.h): the verb chooses which arguments are parsed, as in a
// server. What is accepted must keep the limits that its comments promise.
#include "fuzz.h"
#include "wire/smtp/command.h"

using namespace tegu::fuzz;
using namespace tegu::wire::smtp;

namespace {

void check_address(const Address& address) {
  require(address.local.size() <= max_local_part && address.domain.size() <= max_domain);
  if (address.is_null()) return;
  auto again = parse_mailbox(format(address), true);
  require(again && *again == address);
}

template <class T>
bool good(const Parsed<T>& parsed) {
  if (!parsed) require(parsed.error().code >= 500 && parsed.error().code < 600);
  return parsed.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Command command = split_command(view(data, size));
  require(command.word.size() + command.arguments.size() <= size);
  switch (command.verb) {
    case Verb::mail:
      if (auto mail = parse_mail(command.arguments); good(mail)) {
        check_address(mail->reverse_path);
        require(mail->smtputf8 || !mail->reverse_path.needs_utf8());
        require(mail->envid.size() <= 100);
      }
      break;
    case Verb::rcpt:
      for (bool utf8 : {false, true}) {
        auto rcpt = parse_rcpt(command.arguments, utf8);
        if (!good(rcpt)) continue;
        check_address(rcpt->address);
        require(utf8 || !rcpt->address.needs_utf8());
        require(!rcpt->notify.never ||
                !(rcpt->notify.success || rcpt->notify.failure || rcpt->notify.delay));
      }
      break;
    case Verb::bdat:
      good(parse_bdat(command.arguments));
      break;
    case Verb::auth:
      if (auto auth = parse_auth(command.arguments); good(auth)) require(!auth->mechanism.empty());
      break;
    case Verb::data:
    case Verb::rset:
    case Verb::quit:
    case Verb::starttls:
      good(parse_nothing(command.arguments));
      break;
    default:
      if (auto greeting = parse_greeting(command.arguments); good(greeting))
        require(!greeting->empty());
      break;
  }
  return 0;
}
