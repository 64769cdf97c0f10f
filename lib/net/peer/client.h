// Asks another daemon of this machine over its Unix socket (wire/peer): one connection a loop, many
// calls in flight, matched by id; a lost connection is made anew. Knows no operation: router.h and
// queue.h do.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/handle.h"
#include "io/deadline.h"
#include "io/sync.h"
#include "io/task.h"
#include "net/peer/errors.h"

namespace tegu::io {
class Loop;
class Scope;
class UnixChannel;
}  // namespace tegu::io

namespace tegu::net::peer {

using Json = nlohmann::json;

struct ClientConfig {
  std::string path;      // "/run/tegu/router.sock"
  std::string protocol;  // "tegu-router"
  int version = 1;
  size_t most_in_flight = 2000;
  // How long a call waits for a connection before Unavailable.
  std::chrono::milliseconds patience = std::chrono::seconds(3);
};

// A call that is done twice does no more harm than once; after a lost connection it is asked again
// within its deadline.
enum class Repeat { never, harmless };

// Everything happens on one loop. The owner spawns run() into a scope; calls need it running.
class Client {
 public:
  explicit Client(ClientConfig config);
  ~Client();
  Client(const Client&) = delete;

  // Keeps the connection while there is anything to ask; until cancelled.
  io::Task<void> run();

  // The fields of the answer. `request` has "op" and its fields; `fd` (-1: none) is duplicated at
  // once and travels with the line. Throws Refused, Unavailable, OutcomeUnknown.
  io::Task<Json> call(Json request, int fd, io::Deadline deadline, Repeat repeat = Repeat::never);

 private:
  struct Pending;
  struct Outgoing;
  io::Task<Json> call_once(const Json& request, int fd, io::Deadline deadline);
  io::Task<std::unique_ptr<io::UnixChannel>> connect();
  io::Task<void> serve_connection(io::UnixChannel& channel);
  io::Task<void> write_requests(io::UnixChannel& channel, io::Event& lost);
  io::Task<void> read_answers(io::UnixChannel& channel, io::Event& lost);
  void take_answer(std::string_view line);
  void lose_connection(std::string_view why);
  void refuse_waiting(std::string_view why);

  ClientConfig config_;
  std::map<int64_t, Pending*> pending_;  // by id; each lives in its call's frame
  io::Queue<Outgoing> outbox_;
  int64_t next_id_ = 1;
  std::string last_error_ = "not running";
};

}  // namespace tegu::net::peer
