#include "net/peer/queue.h"

#include <nlohmann/json.hpp>

namespace tegu::net::peer {

using namespace wire::peer;

Queue::Queue(io::Loop& loop, const std::string& run_folder)
    : client_(loop, {.path = run_folder + "/queue.sock",
                     .protocol = std::string(queue_protocol),
                     .version = queue_version}) {}

io::Task<AcceptAnswer> Queue::accept(AcceptRequest request, Enclosure letter,
                                     io::Deadline deadline) {
  auto answer =
      decode_accept_answer(co_await client_.call(encode(request), std::move(letter), deadline));
  if (!answer) throw OutcomeUnknown("the queue's answer: " + answer.error());
  co_return *answer;
}

}  // namespace tegu::net::peer
