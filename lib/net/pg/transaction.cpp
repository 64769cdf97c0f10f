#include "net/pg/transaction.h"

namespace tegu::net::pg {

static const Statement begin_statement = {"pg.begin", "BEGIN"};
static const Statement commit_statement = {"pg.commit", "COMMIT"};
static const Statement id_statement = {"pg.xid", "SELECT pg_current_xact_id()::text::int8"};

Transaction::Transaction(Transaction&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      connection_(other.connection_),
      begun_(other.begun_),
      session_(other.session_) {}

Transaction::~Transaction() {
  if (pool_) pool_->give_back(*connection_);
}

io::Task<std::vector<Rows>> Transaction::run(RequestPtr request, io::Deadline deadline) {
  if (!pool_) bug("pg: a transaction used after its end");
  const char* name = request->calls.back().statement->name;
  // A connection that was lost comes back without our transaction.
  if (!connection_->ready() || (begun_ && connection_->sessions() != session_)) {
    throw Unavailable(std::string(name) + ": the connection of the transaction was lost");
  }
  begun_ = true;
  session_ = connection_->sessions();
  request->in_transaction = true;
  connection_->send(request);
  while (!request->finished) {
    if (co_await request->changed.wait(deadline)) continue;
    std::string what = std::string(name) + ": no answer from the database in time";
    if (request->is_commit) throw OutcomeUnknown(what);
    throw Unavailable(what);
  }
  if (request->error) std::rethrow_exception(request->error);
  co_return std::move(request->rows);
}

io::Task<std::vector<Rows>> Transaction::batch(std::vector<Call> calls, io::Deadline deadline) {
  bool first = !begun_;
  if (first) calls.insert(calls.begin(), Call{&begin_statement, {}});
  auto rows = co_await run(std::make_shared<Request>(std::move(calls)), deadline);
  if (first) rows.erase(rows.begin());
  co_return rows;
}

io::Task<Rows> Transaction::query(const Statement& statement, Params params,
                                  io::Deadline deadline) {
  std::vector<Call> calls;
  calls.push_back({&statement, std::move(params)});
  auto rows = co_await batch(std::move(calls), deadline);
  co_return std::move(rows.front());
}

io::Task<int64_t> Transaction::id() {
  auto rows = co_await query(id_statement);
  co_return rows.one().int8(0);
}

io::Task<void> Transaction::commit(io::Deadline deadline) {
  if (!pool_) bug("pg: a transaction committed twice");
  if (begun_) {
    co_await commit({}, deadline);
  } else {
    std::exchange(pool_, nullptr)->give_back(*connection_);
  }
}

io::Task<std::vector<Rows>> Transaction::commit(std::vector<Call> calls, io::Deadline deadline) {
  if (!pool_) bug("pg: a transaction committed twice");
  bool first = !begun_;
  if (first) calls.insert(calls.begin(), Call{&begin_statement, {}});
  calls.push_back({&commit_statement, {}});
  auto request = std::make_shared<Request>(std::move(calls));
  request->is_commit = true;
  auto rows = co_await run(std::move(request), deadline);
  // The COMMIT of a transaction that had failed answers ROLLBACK.
  if (rows.back().command() != "COMMIT") {
    throw Error("commit: the transaction had failed and was rolled back", "25P02");
  }
  std::exchange(pool_, nullptr)->give_back(*connection_);
  rows.pop_back();
  if (first) rows.erase(rows.begin());
  co_return rows;
}

}  // namespace tegu::net::pg
