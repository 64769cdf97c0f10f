// Lines on router.sock (wire/peer/router.h) and the parts that all lines share: what decodes must
// encode and decode to the same value. The first byte chooses what is asked for.
#include "peer.h"
#include "wire/peer/router.h"

using namespace tegu::fuzz;
using namespace tegu::wire::peer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = view(data, size);
  uint8_t choice = take_choice(text) % 9;
  if (choice == 0) {
    (void)refuse_greeting(text, router_protocol, router_version);
    return 0;
  }
  auto line = parse_line(text);
  if (!line) return 0;
  switch (choice) {
    case 1:
      if (auto call = decode_call(*line)) require(!call->op.empty());
      break;
    case 2:
      if (auto outcome = decode_outcome(*line)) {
        auto again = decode_outcome(*parse_line(
            format_line(outcome->failure ? failed(outcome->id, *outcome->failure, outcome->text)
                                         : success(outcome->id, Json::object()))));
        require(again && again->id == outcome->id && again->failure == outcome->failure);
      }
      break;
    case 3:
      same_again(decode_rcpt_request(*line), decode_rcpt_request);
      break;
    case 4:
      same_again(decode_rcpt_answer(*line), decode_rcpt_answer);
      break;
    case 5:
      same_again(decode_login_request(*line), decode_login_request);
      break;
    case 6:
      same_again(decode_login_answer(*line), decode_login_answer);
      break;
    case 7:
      same_again(decode_sender_request(*line), decode_sender_request);
      break;
    default:
      same_again(decode_sender_answer(*line), decode_sender_answer);
      break;
  }
  return 0;
}
