// What the queue asks of the router and of the network, apart from the DNS. The real ones are in
// outside.cpp; tests answer in their place.
#pragma once
#include <memory>
#include <string>

#include "io/deadline.h"
#include "io/endpoint.h"
#include "io/stream.h"
#include "io/task.h"
#include "wire/peer/router.h"

namespace tegu::queue {

class Router {
 public:
  virtual ~Router() = default;
  // Throws base::Error when it cannot tell now.
  virtual io::Task<wire::peer::RcptAnswer> rcpt(wire::peer::RcptRequest request,
                                                io::Deadline deadline) = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  // From `local`, when it is an address of the peer's family. Throws TimedOut, ConnectionLost.
  virtual io::Task<std::unique_ptr<io::Stream>> connect(io::Endpoint peer, io::Endpoint local,
                                                        io::Deadline deadline) = 0;
  virtual io::Task<std::unique_ptr<io::Stream>> connect_unix(std::string path,
                                                             io::Deadline deadline) = 0;
  virtual io::Task<std::unique_ptr<io::Stream>> start_tls(std::unique_ptr<io::Stream> plain,
                                                          std::string server_name, bool verify,
                                                          io::Deadline deadline) = 0;
};

}  // namespace tegu::queue
