// One gathered command of an IMAP client (wire/imap/parser.h), with and without UTF-8: what is
// accepted keeps the limits, what is refused says why in one line.
#include "fuzz.h"
#include "wire/imap/parser.h"

using namespace tegu::fuzz;
using namespace tegu::wire::imap;

namespace {

bool one_line(std::string_view text) {
  return !text.empty() && text.find_first_of("\r\n") == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = view(data, size);
  uint8_t choice = take_choice(text);
  ParseContext context{.limits = Limits::after_login(), .utf8 = (choice & 1) != 0};
  context.limits.depth = 8;
  context.limits.ranges = 16;
  if ((choice & 6) == 2) {
    auto append = parse_append_start(text, context);
    require(append ? one_line(append->tag) : one_line(append.error().tag));
    return 0;
  }
  if ((choice & 6) == 4) {
    (void)parse_append_next(text, (choice & 8) != 0, context);
    (void)append_ends(text, (choice & 8) != 0);
    return 0;
  }
  auto command = parse_command(text, context);
  if (!command) {
    require(one_line(command.error().tag) && !command.error().text.empty());
    return 0;
  }
  require(one_line(command->tag) && command->row != nullptr && command->row->parse != nullptr);
  require(find_command(command->row->name) == command->row);
  if (auto* fetch = std::get_if<Fetch>(&command->arguments)) require(!fetch->items.empty());
  if (auto* select = std::get_if<Select>(&command->arguments)) require(!select->mailbox.empty());
  return 0;
}
