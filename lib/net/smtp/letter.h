// What a client sends: the envelope of one transaction, and where its bytes come from.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/task.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/envelope.h"

namespace tegu::net::smtp {

struct Receiver {
  wire::smtp::Address address;
  wire::smtp::Notify notify;
  std::optional<wire::smtp::OriginalRecipient> original;
};

struct Letter {
  wire::smtp::Address reverse_path;
  wire::smtp::Ret ret = wire::smtp::Ret::unset;
  std::string envid;
  bool smtputf8 = false;  // it came with SMTPUTF8
  // What the bytes are: ASCII, with octets above 127, or with bare CR, LF or NUL. Not what was
  // declared.
  wire::smtp::BodyType body = wire::smtp::BodyType::seven_bit;
  uint64_t size = 0;  // octets that the source gives
  std::vector<Receiver> receivers;
};

// The bytes of a letter, in pieces, so that no letter is ever whole in memory.
class Source {
 public:
  virtual ~Source() = default;
  // The next piece; empty at the end. Throws when the bytes cannot be had: the connection is then
  // dropped, so that no half letter is ever accepted.
  virtual io::Task<std::string> next() = 0;
};

// The letter cannot be told without SMTPUTF8 (RFC 6531 3.4): an address, or its header, needs it.
bool needs_smtputf8(const Letter& letter);

// "MAIL FROM:<...> SIZE=... ..." and "RCPT TO:<...> ..." with the parameters that the peer
// announced and nothing else; CRLF at the end.
std::string mail_command(const Letter& letter, const wire::smtp::Capabilities& peer);
std::string rcpt_command(const Receiver& receiver, const wire::smtp::Capabilities& peer);

}  // namespace tegu::net::smtp
