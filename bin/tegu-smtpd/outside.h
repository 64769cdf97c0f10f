// What a session asks of the other daemons and of the DNS. The real ones are in outside.cpp; tests
// answer in their place.
#pragma once
#include <string>

#include "io/deadline.h"
#include "io/endpoint.h"
#include "io/task.h"
#include "net/peer/client.h"
#include "wire/peer/queue.h"
#include "wire/peer/router.h"

namespace tegu::smtpd {

// tegu-router. Everything throws base::Error when the answer cannot be had now.
class Router {
 public:
  virtual ~Router() = default;
  virtual io::Task<wire::peer::RcptAnswer> rcpt(wire::peer::RcptRequest request,
                                                io::Deadline deadline) = 0;
  // Nothing: login or password is wrong.
  virtual io::Task<std::optional<wire::peer::LoginAnswer>> login(wire::peer::LoginRequest request,
                                                                 io::Deadline deadline) = 0;
  virtual io::Task<bool> may_send_as(wire::peer::SenderRequest request, io::Deadline deadline) = 0;
};

// tegu-queue.
class Queue {
 public:
  virtual ~Queue() = default;
  // Empty after the commit: stored. Text: the queue refused this letter for ever, and says why.
  // base::Error: not stored, or unknown.
  virtual io::Task<std::optional<std::string>> accept(wire::peer::AcceptRequest request,
                                                      net::peer::Enclosure letter,
                                                      io::Deadline deadline) = 0;
};

// The DNS.
class Names {
 public:
  virtual ~Names() = default;
  // The peer's name if it leads back to its address (RFC 1912 2.1); empty when unknown.
  virtual io::Task<std::string> name_of(io::Endpoint peer, io::Deadline deadline) = 0;
};

}  // namespace tegu::smtpd
