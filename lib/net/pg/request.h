// One piece of work on its way through a connection: statements that end with one Sync, so (outside
// an explicit transaction) they are one implicit transaction.
#pragma once
#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "io/sync.h"
#include "net/pg/error.h"
#include "net/pg/params.h"
#include "net/pg/rows.h"

namespace tegu::net::pg {

struct Request {
  explicit Request(std::vector<Call> calls) : calls(std::move(calls)) {
    read_only = std::ranges::all_of(this->calls,
                                    [](const Call& call) { return call.statement->read_only; });
  }

  const std::vector<Call> calls;
  bool read_only;
  bool in_transaction = false;  // of a Transaction: never run again by itself
  bool is_commit = false;
  bool dry = false;        // what writes is planned and not run
  bool abandoned = false;  // nobody waits: not sent if it has not been
  io::Deadline queued_at;  // since when it waits for a connection

  // Set by the connection.
  bool sent = false;
  int runs = 0;
  bool warned = false;           // a WARNING came while it ran
  std::optional<Error> refused;  // the server's first error
  std::vector<Rows> rows;

  // The end: rows or error.
  std::exception_ptr error;
  bool finished = false;
  io::Signal changed;  // finished, or queued anew

  void finish() {
    finished = true;
    changed.notify_all();
  }
  void fail(std::exception_ptr why) {
    error = std::move(why);
    finish();
  }
  // Before it is run once more.
  void renew() {
    queued_at = io::Clock::now();
    sent = false;
    warned = false;
    refused.reset();
    rows.clear();
    changed.notify_all();
  }
};

// Owners: the coroutine that waits for it, and the queue or connection that runs it. Either may end
// first.
using RequestPtr = std::shared_ptr<Request>;

}  // namespace tegu::net::pg
