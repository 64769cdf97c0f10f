// Feeds wire/smtp: replies in pieces, the EHLO list, and the round trip of composed replies.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/smtp/capabilities.h"
#include "wire/smtp/reply.h"

using namespace tegu::wire::smtp;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  size_t piece = 1 + data[0] % 64;
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  ReplyReader reader;
  while (!rest.empty()) {
    auto step = reader.feed(rest.substr(0, piece));
    if (step.status == ReplyReader::Status::bad_syntax ||
        step.status == ReplyReader::Status::too_long)
      break;
    if (step.consumed == 0) abort();
    rest.remove_prefix(step.consumed);
    if (step.status != ReplyReader::Status::reply) continue;
    Reply reply = reader.reply();
    if (reply.code < 200 || reply.code > 599) abort();
    parse_capabilities(reply);
    ReplyReader again;
    std::string wire = format(reply);
    auto second = again.feed(wire);
    if (second.status != ReplyReader::Status::reply || second.consumed != wire.size()) abort();
    if (again.reply().code != reply.code) abort();
  }
  return 0;
}
