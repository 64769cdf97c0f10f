// Commands and literals out of a client's stream (wire/imap/framer.h): pieces must give the same
// frames as the whole, and a message of APPEND has exactly the bytes that were announced. The first
// byte chooses the pieces and which messages are refused.
#include <string>

#include "fuzz.h"
#include "wire/imap/framer.h"

using namespace tegu::fuzz;
using namespace tegu::wire::imap;

namespace {

Limits small_limits() {
  return {.line = 160,
          .literal = 64,
          .nonsync_literal = 32,
          .command = 256,
          .literals = 6,
          .discard = 96};
}

struct Reader {
  uint8_t choice;
  Framer framer{small_limits()};
  std::string heard{};
  uint64_t message_left = 0;
  int appends = 0;

  void feed(std::string_view input) {
    while (true) {
      size_t before = input.size();
      Frame frame = framer.next(input);
      require(input.size() <= before);
      if (std::holds_alternative<NeedMore>(frame)) break;
      std::visit([this](const auto& event) { on(event); }, frame);
    }
    require(input.empty());
  }

  void on(const NeedMore&) {}
  void on(const NeedLiteral& literal) {
    require(literal.size <= small_limits().literal);
    heard += '+';
  }
  void on(const CommandText& command) {
    require(command.text.size() <= small_limits().command);
    heard.append("C").append(command.text).append("\n");
    if (command.text.ends_with("IDLE")) framer.expect_line();
  }
  void on(const LineText& line) { heard.append("L").append(line.text).append("\n"); }
  void on(const AppendPart& part) {
    require(message_left == 0);
    heard.append("P").append(part.text).append("\n");
    message_left = part.size;
    if (choice >> (appends++ & 7) & 1) refuse();
  }
  void on(const AppendBytes& bytes) {
    require(!bytes.bytes.empty() && bytes.bytes.size() <= message_left);
    message_left -= bytes.bytes.size();
    heard += bytes.bytes;
  }
  void on(const AppendEnd& end) {
    require(message_left == 0);
    heard.append("E").append(end.text).append("\n");
  }
  void on(const Refused&) { heard += "R\n"; }
  void on(const FrameError& error) {
    require(!error.tag.empty() && !error.text.empty());
    message_left = 0;
    heard.append(error.close ? "X" : "F").append(error.tag).append(error.text).append("\n");
  }
  void refuse() {
    framer.refuse();
    message_left = 0;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view stream = view(data, size);
  uint8_t choice = take_choice(stream);
  Reader whole{choice}, cut{choice};
  whole.feed(stream);
  Pieces pieces(choice);
  while (!stream.empty()) cut.feed(pieces.next(stream));
  require(whole.heard == cut.heard && whole.message_left == cut.message_left);
  require(whole.framer.idle() == cut.framer.idle());
  return 0;
}
