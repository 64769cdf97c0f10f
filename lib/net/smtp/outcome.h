// What a peer made of a recipient: accepted, not now, never; with the words it said.
#pragma once
#include <string>
#include <string_view>

#include "wire/smtp/reply.h"

namespace tegu::net::smtp {

struct Outcome {
  enum class Kind { accepted, temporary, permanent };
  Kind kind = Kind::temporary;
  std::string status;        // "5.1.1" (RFC 3463); made of the reply code where the peer gave none
  std::string text;          // the reply in one line, or our own words
  std::string_view command;  // "RCPT TO"; what the peer replied to. Empty: the peer did not speak
  int code = 0;              // of the reply; 0: the peer did not speak

  bool from_peer() const { return code != 0; }
};

// A reply in place of a positive one is temporary unless it is 5yz.
Outcome outcome_of(const wire::smtp::Reply& reply, std::string_view command);
// Our own verdict; status decides: "5..." is permanent, "2..." accepted.
Outcome own_outcome(std::string_view status, std::string text);

}  // namespace tegu::net::smtp
