#include "net/peer/router.h"

#include <nlohmann/json.hpp>

#include "io/error.h"

namespace tegu::net::peer {

using namespace wire::peer;

Router::Router(io::Loop& loop, const std::string& run_folder)
    : client_(loop, {.path = run_folder + "/router.sock",
                     .protocol = std::string(router_protocol),
                     .version = router_version}) {}

template <class T>
static T believe(Decoded<T> answer) {
  if (!answer) throw io::ConnectionLost("the router's answer: " + answer.error());
  return *std::move(answer);
}

io::Task<RcptAnswer> Router::rcpt(RcptRequest request, io::Deadline deadline) {
  co_return believe(
      decode_rcpt_answer(co_await client_.call(encode(request), {}, deadline, Repeat::harmless)));
}

io::Task<LoginAnswer> Router::login(LoginRequest request, io::Deadline deadline) {
  co_return believe(
      decode_login_answer(co_await client_.call(encode(request), {}, deadline, Repeat::harmless)));
}

io::Task<bool> Router::may_send_as(SenderRequest request, io::Deadline deadline) {
  auto answer = believe(
      decode_sender_answer(co_await client_.call(encode(request), {}, deadline, Repeat::harmless)));
  co_return answer.allowed;
}

}  // namespace tegu::net::peer
