// Lines out of a stream (wire/smtp/line_framer.h): pieces must give the same lines as the whole,
// and every octet is dealt with once. The first byte is the limit and where the stream is cut.
#include <string>

#include "fuzz.h"
#include "wire/smtp/line_framer.h"

using namespace tegu::fuzz;
using namespace tegu::wire::smtp;

namespace {

struct Reader {
  LineFramer framer;
  size_t limit;
  std::string heard{};
  bool dropped = false;

  void feed(std::string_view bytes) {
    while (!bytes.empty() && !dropped) {
      auto step = framer.feed(bytes, limit);
      require(step.consumed > 0 && step.consumed <= bytes.size());
      bytes.remove_prefix(step.consumed);
      if (step.status == LineFramer::Status::need_more) {
        require(bytes.empty());
        return;
      }
      require(step.line.size() + 2 <= limit || step.line.empty());
      require(step.line.find_first_of("\r\n") == std::string_view::npos);
      heard += static_cast<char>('0' + static_cast<int>(step.status));
      heard.append(step.line).append("\n");
      dropped = step.status == LineFramer::Status::bare_line_end;
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view stream = view(data, size);
  uint8_t choice = take_choice(stream);
  Reader whole{{}, 2U + choice % 32}, cut{{}, whole.limit};
  whole.feed(stream);
  Pieces pieces(choice);
  while (!stream.empty()) cut.feed(pieces.next(stream));
  require(whole.heard == cut.heard && whole.dropped == cut.dropped);
  require(whole.dropped || whole.framer.empty() == cut.framer.empty());
  return 0;
}
