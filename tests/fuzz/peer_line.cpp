// Feeds a line to everything that reads lines of other daemons (wire/peer): what decodes must
// encode and decode to the same value.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "wire/peer/envelope.h"
#include "wire/peer/line.h"
#include "wire/peer/queue.h"
#include "wire/peer/router.h"

using namespace tegu::wire::peer;

static void same_again(const auto& decoded, auto decode) {
  if (!decoded) return;
  auto line = parse_line(format_line(encode(*decoded)));
  if (!line) std::abort();
  auto again = decode(*line);
  if (!again || !(*again == *decoded)) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  (void)refuse_greeting(text, router_protocol, router_version);
  auto line = parse_line(text);
  if (!line) return 0;
  (void)decode_call(*line);
  (void)decode_outcome(*line);
  same_again(decode_envelope(*line), decode_envelope);
  same_again(decode_accept_request(*line), decode_accept_request);
  same_again(decode_accept_answer(*line), decode_accept_answer);
  same_again(decode_rcpt_request(*line), decode_rcpt_request);
  same_again(decode_rcpt_answer(*line), decode_rcpt_answer);
  same_again(decode_login_request(*line), decode_login_request);
  same_again(decode_login_answer(*line), decode_login_answer);
  same_again(decode_sender_request(*line), decode_sender_request);
  same_again(decode_sender_answer(*line), decode_sender_answer);
  return 0;
}
