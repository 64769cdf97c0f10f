// Asks tegu-router: recipients, logins, senders. All three may be asked twice.
#pragma once
#include <string>

#include "io/deadline.h"
#include "io/task.h"
#include "net/peer/client.h"
#include "wire/peer/router.h"

namespace tegu::net::peer {

class Router {
 public:
  Router(io::Loop& loop, const std::string& run_folder);  // asks <run_folder>/router.sock
  io::Task<void> run() { return client_.run(); }          // the owner spawns it

  // base::Error when the router cannot tell now: answer with a temporary error.
  io::Task<wire::peer::RcptAnswer> rcpt(wire::peer::RcptRequest request, io::Deadline deadline);
  // Refused{refused}: login or password is wrong.
  io::Task<wire::peer::LoginAnswer> login(wire::peer::LoginRequest request, io::Deadline deadline);
  io::Task<bool> may_send_as(wire::peer::SenderRequest request, io::Deadline deadline);

 private:
  Client client_;
};

}  // namespace tegu::net::peer
