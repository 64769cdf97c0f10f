#include "system.h"

#include "io/socket.h"

namespace tegu::queue {

io::Task<wire::peer::RcptAnswer> PeerRouter::rcpt(wire::peer::RcptRequest request,
                                                  io::Deadline deadline) {
  return router_.rcpt(std::move(request), deadline);
}

static io::TlsContext client_tls(bool verify) {
  io::ClientTls settings;
  settings.verify = verify;
  return io::TlsContext::client(settings);
}

SystemNetwork::SystemNetwork(io::Loop& loop)
    : loop_(loop), verifying_(client_tls(true)), opportunistic_(client_tls(false)) {}

io::Task<std::unique_ptr<io::Stream>> SystemNetwork::connect(io::Endpoint peer, io::Endpoint local,
                                                             io::Deadline deadline) {
  std::optional<io::Endpoint> from;
  if (local) from = local;
  co_return co_await io::connect(loop_, peer, deadline, from);
}

io::Task<std::unique_ptr<io::Stream>> SystemNetwork::connect_unix(std::string path,
                                                                  io::Deadline deadline) {
  co_return co_await io::connect_unix(loop_, std::move(path), deadline);
}

io::Task<std::unique_ptr<io::Stream>> SystemNetwork::start_tls(std::unique_ptr<io::Stream> plain,
                                                               std::string server_name, bool verify,
                                                               io::Deadline deadline) {
  return io::connect_tls(std::move(plain), verify ? verifying_ : opportunistic_,
                         std::move(server_name), deadline);
}

}  // namespace tegu::queue
