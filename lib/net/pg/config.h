// How a Client reaches and uses the database.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

namespace tegu::net::pg {

using namespace std::chrono_literals;

struct Config {
  std::string conninfo;  // libpq's keywords or URI, several hosts allowed; holds a secret
  std::string application_name = "tegu";
  size_t shared_connections = 4;     // pipelined, for query() and batch()
  size_t exclusive_connections = 8;  // at most, for transactions
  size_t pipeline_depth = 64;        // requests in flight a connection
  size_t waiting_limit = 20000;      // requests that wait for a connection
  std::chrono::milliseconds pool_wait = 2s;
  std::chrono::milliseconds connect_timeout = 5s;  // for each server
  std::chrono::milliseconds idle_close = 60s;      // all but one shared connection, when not used
  std::chrono::milliseconds stuck_after = 90s;     // no answer so long: the connection is dropped
  // The server's own limits of a session; 0 switches one off.
  std::chrono::milliseconds statement_timeout = 60s;
  std::chrono::milliseconds lock_timeout = 10s;
  std::chrono::milliseconds idle_in_transaction_timeout = 15s;
  std::chrono::milliseconds notify_gather = 5ms;
  // Plan a prepared statement once for all parameters. Off for tools: a filter that may be absent
  // wants a plan of its own.
  bool generic_plans = false;

  // For one of `loops` clients of a process, as the server's connections are few: together 16
  // shared and 8 exclusive ones, but no client less than two and one.
  Config divided(size_t loops) const {
    Config config = *this;
    config.shared_connections = std::min(shared_connections, std::max<size_t>(16 / loops, 2));
    config.exclusive_connections = std::min(exclusive_connections, std::max<size_t>(8 / loops, 1));
    return config;
  }
};

}  // namespace tegu::net::pg
