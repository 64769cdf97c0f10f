// Feeds a client's bytes to the IMAP framer, in pieces, and every command it finds to the parser.
// The first byte chooses the size of the pieces, UTF-8 mode, and whether messages are refused.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/imap/framer.h"
#include "wire/imap/parser.h"

using namespace tegu::wire::imap;

namespace {

struct Reader {
  ParseContext context;
  bool refuse;
  Framer framer{Limits::after_login()};
  uint64_t message_left = 0;

  // False when the framer wants more.
  bool step(std::string_view& input) {
    Frame frame = framer.next(input);
    if (std::holds_alternative<NeedMore>(frame)) return false;
    if (auto* command = std::get_if<CommandText>(&frame)) {
      auto parsed = parse_command(command->text, context);
      if (parsed && std::holds_alternative<Idle>(parsed->arguments)) framer.expect_line();
    } else if (auto* part = std::get_if<AppendPart>(&frame)) {
      if (message_left != 0 && !refuse) abort();
      bool good = part->first ? parse_append_start(part->text, context).has_value()
                              : parse_append_next(part->text, false, context).has_value();
      message_left = part->size;
      if (refuse || !good) {
        framer.refuse();
        message_left = 0;
      }
    } else if (auto* bytes = std::get_if<AppendBytes>(&frame)) {
      if (bytes->bytes.empty() || bytes->bytes.size() > message_left) abort();
      message_left -= bytes->bytes.size();
    } else if (auto* end = std::get_if<AppendEnd>(&frame)) {
      if (message_left != 0) abort();
      (void)append_ends(end->text, false);
    } else if (std::holds_alternative<FrameError>(frame)) {
      message_left = 0;
    }
    return true;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  uint8_t choice = data[0];
  std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t piece = (choice & 0x3f) == 0 ? stream.size() : choice & 0x3f;
  Reader reader{{.limits = Limits::after_login(), .utf8 = (choice & 0x40) != 0},
                (choice & 0x80) != 0};
  while (!stream.empty()) {
    std::string_view input = stream.substr(0, piece);
    stream.remove_prefix(input.size());
    while (reader.step(input)) {
    }
    if (!input.empty()) abort();
  }
  return 0;
}
