// tegu-router: who is this address, where does its mail go, is this login right.
#include <algorithm>
#include <exception>
#include <thread>

#include "daemon/run.h"
#include "model/directory/reader.h"
#include "service.h"

namespace tegu::router {

static io::Task<void> serve(daemon::Runtime& runtime) {
  Service service(runtime);
  net::peer::Server server(runtime.loop, {.protocol = std::string(wire::peer::router_protocol),
                                          .version = wire::peer::router_version,
                                          .allowed = net::peer::Allowed(runtime.conf.group),
                                          .most_in_flight = 1024});
  service.offer(server);
  io::Scope background(runtime.loop);
  background.spawn(service.follow());
  std::exception_ptr error;
  try {
    co_await server.run(runtime.socket("router.sock"), runtime.draining);
  } catch (...) {
    error = std::current_exception();
  }
  co_await background.close();
  if (error) std::rethrow_exception(error);
}

}  // namespace tegu::router

int main(int argc, char** argv) {
  return tegu::daemon::run(argc, argv,
                           {.name = "tegu-router",
                            .description = "Finds the way of letters and checks logins",
                            .services = {},
                            .sockets = {"router.sock"},
                            .one_loop = true,
                            .worker_threads = std::max(2U, std::thread::hardware_concurrency()),
                            .hot = tegu::model::directory::hot_calls(),
                            .serve = tegu::router::serve});
}
