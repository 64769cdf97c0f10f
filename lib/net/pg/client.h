// Client: everybody's door to PostgreSQL on one loop. Statements are prepared once a connection,
// parameters and rows travel in binary, many sessions' statements share few connections.
//
// Errors: Error (the server refused; rolled back), Unavailable (nothing was changed: answer the
// protocol's temporary error), OutcomeUnknown (a write whose end must be looked up).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/pg/config.h"
#include "net/pg/error.h"
#include "net/pg/params.h"
#include "net/pg/rows.h"
#include "net/pg/transaction.h"

namespace tegu::net::pg {

inline io::Deadline default_deadline() {
  return io::after(std::chrono::seconds(10));
}

enum class XactStatus {
  committed,
  aborted,
  in_progress,
  forgotten,  // so old that the server does not know any more
};

// For metrics.
struct Load {
  size_t connected = 0;  // shared connections
  size_t in_flight = 0;  // requests in their pipelines
  size_t waiting = 0;    // requests without a connection
  size_t borrowed = 0;   // exclusive connections in use
};

class Client {
 public:
  // Begins to connect at once. Throws base::UsageError on a bad connection string.
  Client(io::Loop& loop, Config config);
  // All tasks that use it have ended.
  ~Client();
  Client(const Client&) = delete;

  // One statement, its own transaction. When its connection is lost: not sent yet, it goes to
  // another one; sent and read_only, it is run again within the deadline; sent otherwise,
  // OutcomeUnknown. A caller that is cancelled abandons the answer; what was sent runs to its end.
  io::Task<Rows> query(const Statement& statement, Params params = {},
                       io::Deadline deadline = default_deadline());
  // Several statements in one round trip and ONE implicit transaction: all or nothing. Rows of each
  // in order. Not empty.
  io::Task<std::vector<Rows>> batch(std::vector<Call> calls,
                                    io::Deadline deadline = default_deadline());
  // Waits for an exclusive connection for at most Config::pool_wait.
  io::Task<Transaction> begin(io::Deadline deadline = default_deadline());

  // Now, and whenever one connects again, each shared connection makes these statements ready, one
  // after the other while it has nothing else to do: the server loads what it must know of tables
  // and plans them while nobody waits. Those that are read_only are run, so their parameters should
  // name nothing; others are only planned. One that fails is told once and left out.
  void keep_warm(std::vector<Call> calls);

  // Until cancelled: calls `on_connect` each time that LISTEN has come into force, the first time
  // too (read everything then: notifications may have been missed), and `on_notify` for each
  // notification. Both are called from this task, one after the other.
  io::Task<void> listen(
      std::vector<std::string> channels,
      std::function<void(std::string_view channel, std::string_view payload)> on_notify,
      std::function<void()> on_connect);
  // Gathered for some milliseconds with others: payloads of a channel arrive joined by commas,
  // equal ones once. Returns at once; a notification may get lost with its connection.
  io::Task<void> notify(std::string channel, std::string payload);

  // What became of the transaction with this id (Transaction::id) after OutcomeUnknown.
  io::Task<XactStatus> outcome(int64_t transaction_id);

  Load load() const;
  // How many transactions can be open at a time.
  size_t exclusive_connections() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

namespace detail {
// Grows from about 5 ms to a second, half of it random; nothing when the tries are used up.
std::optional<std::chrono::milliseconds> conflict_pause(int tries, io::Deadline give_up);

template <class T>
struct TaskResult;
template <class T>
struct TaskResult<io::Task<T>> {
  using type = T;
};
}  // namespace detail

// Runs `attempt` (a function that returns a Task with a whole transaction in it) again after
// serialization failures and deadlocks: up to 10 times within 10 s. `attempt` lives in this frame.
template <class Attempt>
auto retry_conflicts(Attempt attempt) -> decltype(attempt()) {
  using Result = typename detail::TaskResult<decltype(attempt())>::type;
  io::Deadline give_up = io::after(std::chrono::seconds(10));
  for (int tries = 1;; tries++) {
    std::chrono::milliseconds pause;
    try {
      if constexpr (std::is_void_v<Result>) {
        co_await attempt();
        co_return;
      } else {
        co_return co_await attempt();
      }
    } catch (const Error& error) {
      auto next = detail::conflict_pause(tries, give_up);
      if (!is_conflict(error) || !next) throw;
      pause = *next;
    }
    co_await io::sleep_for(pause);
  }
}

}  // namespace tegu::net::pg
