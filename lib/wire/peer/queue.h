// What is asked over queue.sock (protocol "tegu-queue"): take this letter. The letter's octets come
// as a descriptor with the line, from its offset 0, `size` octets, CRLF line ends.
//   {"op":"accept","envelope":{...},"size":4096} + fd -> {"stored":true,"content":17}
// The answer comes after the commit. Deliveries may be missing: then the queue asks the router.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/ids.h"
#include "wire/peer/router.h"
#include "wire/smtp/envelope.h"

namespace tegu::wire::peer {

constexpr std::string_view queue_protocol = "tegu-queue";
constexpr int queue_version = 1;
constexpr int64_t max_letter = int64_t{2} << 30;

struct AcceptRequest {
  smtp::Envelope envelope;
  int64_t size = 0;
  bool operator==(const AcceptRequest&) const = default;
};

struct AcceptAnswer {
  base::ContentId content;
  bool operator==(const AcceptAnswer&) const = default;
};

Json encode(const AcceptRequest& request);
Json encode(const AcceptAnswer& answer);
[[nodiscard]] Decoded<AcceptRequest> decode_accept_request(const Json& object);
[[nodiscard]] Decoded<AcceptAnswer> decode_accept_answer(const Json& object);

}  // namespace tegu::wire::peer
