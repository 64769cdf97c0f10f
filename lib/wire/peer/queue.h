// What is asked over queue.sock (protocol "tegu-queue"): take this letter. The letter's octets,
// CRLF line ends, follow the line, or come as a descriptor with it (from offset 0, `size` octets).
//   {"op":"accept","envelope":{...},"size":9,"octets":9} + octets -> {"stored":true,"content":17}
//   {"op":"accept","envelope":{...},"size":400000} + fd -> {"stored":true,"content":18}
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
