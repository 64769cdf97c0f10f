#include "wire/peer/queue.h"

#include <nlohmann/json.hpp>

#include "wire/peer/envelope.h"
#include "wire/peer/fields.h"

namespace tegu::wire::peer {

Json encode(const AcceptRequest& request) {
  Json object;
  object["op"] = "accept";
  object["envelope"] = encode(request.envelope);
  object["size"] = request.size;
  return object;
}

Decoded<AcceptRequest> decode_accept_request(const Json& object) {
  Fields fields(object);
  AcceptRequest request;
  request.size = fields.number("size", 1, max_letter);
  const Json& envelope = fields.object("envelope");
  if (!fields.ok()) return std::unexpected(fields.error());
  auto decoded = decode_envelope(envelope);
  if (!decoded) return std::unexpected(std::move(decoded.error()));
  request.envelope = *std::move(decoded);
  return request;
}

Json encode(const AcceptAnswer& answer) {
  Json object;
  object["stored"] = true;
  object["content"] = answer.content.value;
  return object;
}

Decoded<AcceptAnswer> decode_accept_answer(const Json& object) {
  Fields fields(object);
  if (!fields.flag("stored")) fields.fail("stored", "not true");
  AcceptAnswer answer{base::ContentId{fields.number("content", 1, INT64_MAX)}};
  if (!fields.ok()) return std::unexpected(fields.error());
  return answer;
}

}  // namespace tegu::wire::peer
