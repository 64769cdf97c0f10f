// The router and the network as they really are: router.sock, TCP, Unix sockets, TLS.
#pragma once
#include <string>

#include "io/loop.h"
#include "io/tls.h"
#include "net/peer/router.h"
#include "outside.h"

namespace tegu::queue {

class PeerRouter : public Router {
 public:
  PeerRouter(io::Loop& loop, const std::string& run_folder) : router_(loop, run_folder) {}
  io::Task<void> run() { return router_.run(); }  // the owner spawns it
  io::Task<wire::peer::RcptAnswer> rcpt(wire::peer::RcptRequest request,
                                        io::Deadline deadline) override;

 private:
  net::peer::Router router_;
};

class SystemNetwork : public Network {
 public:
  explicit SystemNetwork(io::Loop& loop);
  io::Task<std::unique_ptr<io::Stream>> connect(io::Endpoint peer, io::Endpoint local,
                                                io::Deadline deadline) override;
  io::Task<std::unique_ptr<io::Stream>> connect_unix(std::string path,
                                                     io::Deadline deadline) override;
  io::Task<std::unique_ptr<io::Stream>> start_tls(std::unique_ptr<io::Stream> plain,
                                                  std::string server_name, bool verify,
                                                  io::Deadline deadline) override;

 private:
  io::Loop& loop_;
  io::TlsContext verifying_, opportunistic_;
};

}  // namespace tegu::queue
