// Lines on queue.sock (wire/peer/queue.h, envelope.h): what decodes must encode and decode to the
// same value.
#include "peer.h"
#include "wire/peer/queue.h"

using namespace tegu::fuzz;
using namespace tegu::wire::peer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto line = parse_line(view(data, size));
  if (!line) return 0;
  same_again(decode_accept_request(*line), decode_accept_request);
  same_again(decode_accept_answer(*line), decode_accept_answer);
  return 0;
}
