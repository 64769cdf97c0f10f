// Asks another daemon of this machine over its Unix socket (wire/peer): one connection a loop, many
// calls in flight, matched by id; a lost connection is made anew. Knows no operation: router.h and
// queue.h do.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "io/deadline.h"
#include "io/sync.h"
#include "io/task.h"
#include "net/peer/errors.h"

namespace tegu::io {
class Loop;
class UnixChannel;
}  // namespace tegu::io

namespace tegu::net::peer {

using Json = nlohmann::json;

struct ClientConfig {
  std::string path;      // "/run/tegu/router.sock"
  std::string protocol;  // "tegu-router"
  int version = 1;
  size_t most_in_flight = 2000;
  // How long a call waits for a connection before it is Unavailable.
  std::chrono::milliseconds patience = std::chrono::seconds(3);
};

// What goes along with a request.
struct Enclosure {
  std::string octets = {};  // at most wire::peer::max_octets; they follow its line
  int fd = -1;              // -1: none; stays the caller's, open until the call returns
};

// A call that may be done twice without harm is asked again, within its deadline, when the
// connection dies before its answer.
enum class Repeat { never, harmless };

// Everything happens on one loop. The owner spawns run() into a scope; calls need it running.
class Client {
 public:
  Client(io::Loop& loop, ClientConfig config);
  Client(const Client&) = delete;

  // Connects when there is something to ask and keeps the connection; until cancelled.
  io::Task<void> run();

  // The answer's object. `request` has "op" and its fields. Throws Refused, Unavailable,
  // OutcomeUnknown.
  io::Task<Json> call(Json request, Enclosure enclosure, io::Deadline deadline,
                      Repeat repeat = Repeat::never);

 private:
  struct Pending;
  class Registered;
  io::Task<bool> ask(Pending& pending, io::Deadline deadline);
  io::Task<void> talk();
  struct Parcel;
  Parcel next_parcel();
  io::Task<void> write_requests(io::UnixChannel& channel);
  io::Task<void> read_answers(io::UnixChannel& channel);
  void take_answer(std::string_view line);
  void give_up_sent();

  io::Loop& loop_;
  ClientConfig config_;
  std::map<int64_t, Pending*> pending_;  // by id; each lives in its call's frame
  std::deque<int64_t> unsent_;
  io::Signal asked_;
  int64_t next_id_ = 1;
  bool connected_ = false;
  std::string last_error_ = "no connection yet";
};

}  // namespace tegu::net::peer
