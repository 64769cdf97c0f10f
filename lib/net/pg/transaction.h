// Transaction: several round trips on a connection of its own. What must be atomic but fits into
// one set of statements belongs into Client::batch(), which is cheaper.
#pragma once
#include <vector>

#include "net/pg/pool.h"

namespace tegu::net::pg {

// Ended by commit() or by its destruction (rolled back). No wait for a network peer happens while
// one is open. Must not outlive its Client.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // Throws Error (the transaction is void then, only its end makes sense) and Unavailable when the
  // connection died: nothing of the transaction remains.
  io::Task<Rows> query(const Statement& statement, Params params = {},
                       io::Deadline deadline = io::after(std::chrono::seconds(10)));
  io::Task<std::vector<Rows>> batch(std::vector<Call> calls,
                                    io::Deadline deadline = io::after(std::chrono::seconds(10)));
  // Its number, for Client::outcome(). Call it before commit().
  io::Task<int64_t> id();
  // Durable when it returns. Throws OutcomeUnknown, or Error when it was rolled back. A caller that
  // is cancelled here loses the answer, never the COMMIT.
  io::Task<void> commit(io::Deadline deadline = io::after(std::chrono::seconds(30)));
  // The same with the last statements in one round trip; gives their rows. When the server refuses
  // one of them nothing is committed.
  io::Task<std::vector<Rows>> commit(std::vector<Call> calls,
                                     io::Deadline deadline = io::after(std::chrono::seconds(30)));

 private:
  friend class Client;
  Transaction(ExclusivePool& pool, Connection& connection)
      : pool_(&pool), connection_(&connection) {}
  io::Task<std::vector<Rows>> run(RequestPtr request, io::Deadline deadline);

  ExclusivePool* pool_;  // null: moved from, or ended
  Connection* connection_;
  bool begun_ = false;
  uint64_t session_ = 0;  // the connection's session in which it began
};

}  // namespace tegu::net::pg
