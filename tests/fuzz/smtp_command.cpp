// Feeds wire/smtp: command lines through the framer, every argument parser, and the round trip of
// addresses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/smtp/command.h"
#include "wire/smtp/line_framer.h"
#include "wire/smtp/xtext.h"

using namespace tegu::wire::smtp;

namespace {

void check_address(const Address& address) {
  if (address.is_null()) return;
  auto again = parse_mailbox(format(address), true);
  if (!again || *again != address) abort();
}

void parse(std::string_view line) {
  Command command = split_command(line);
  if (auto mail = parse_mail(command.arguments)) {
    check_address(mail->reverse_path);
    if (!mail->smtputf8 && mail->reverse_path.needs_utf8()) abort();
  }
  for (bool utf8 : {false, true}) {
    auto rcpt = parse_rcpt(command.arguments, utf8);
    if (!rcpt) continue;
    check_address(rcpt->address);
    if (!utf8 && rcpt->address.needs_utf8()) abort();
    split_subaddress(rcpt->address.local, "+-");
  }
  if (auto greeting = parse_greeting(command.arguments); greeting && greeting->empty()) abort();
  static_cast<void>(parse_bdat(command.arguments));
  static_cast<void>(parse_auth(command.arguments));
  if (xtext_decode(xtext_encode(line)) != line) abort();
  if (auto text = utf8_addr_decode(line); text && utf8_addr_decode(utf8_addr_encode(*text)) != text)
    abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  size_t piece = 1 + data[0] % 64;
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  parse(rest);
  LineFramer framer;
  while (!rest.empty()) {
    auto step = framer.feed(rest.substr(0, piece), 256);
    if (step.consumed == 0) abort();
    if (step.status == LineFramer::Status::line) {
      if (step.line.find_first_of("\r\n") != std::string_view::npos) abort();
      parse(step.line);
    }
    rest.remove_prefix(step.consumed);
  }
  return 0;
}
