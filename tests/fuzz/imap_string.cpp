// Strings of the server (wire/imap/response.h) must be read by a client as the bytes that were
// written, and a status line is one line whatever its text.
#include <string>

#include "base/unicode.h"
#include "fuzz.h"
#include "wire/imap/parser.h"
#include "wire/imap/response.h"

using namespace tegu::fuzz;
using namespace tegu::wire::imap;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  bool utf8 = (take_choice(bytes) & 1) != 0;
  const ParseContext context{.limits = Limits::after_login(), .utf8 = utf8};
  std::string text = "a LOGIN ";
  write_astring(text, bytes, utf8);
  text += ' ';
  write_string(text, bytes, utf8);
  auto command = parse_command(text, context);
  require(command.has_value());
  const auto& login = std::get<Login>(command->arguments);
  require(login.user == login.password && !login.user.contains('\0'));
  if (!bytes.contains('\0')) require(login.user == bytes);

  std::string status;
  write_status(status, "a", Condition::no, "CANNOT", bytes);
  require(status.starts_with("a NO [CANNOT] ") && status.find("\r\n") == status.size() - 2);
  require(status.size() > 16);

  if (!tegu::base::is_utf8(bytes) || bytes.empty() || bytes.contains('\0')) return 0;
  text = "a SELECT ";
  write_mailbox(text, bytes, utf8);
  command = parse_command(text, context);
  if (command) require(std::get<Select>(command->arguments).mailbox == bytes || bytes.size() >= 5);
  return 0;
}
