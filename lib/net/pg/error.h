// How a statement ends badly.
#pragma once
#include <string>

#include "base/error.h"

namespace tegu::net::pg {

// The server refused a statement; its transaction is rolled back. The text names the statement and
// never holds parameters.
class Error : public base::Error {
 public:
  explicit Error(const std::string& what, std::string sqlstate = {})
      : base::Error(what), sqlstate_(std::move(sqlstate)) {}
  // Five characters of PostgreSQL's appendix A ("23505"), or empty when it did not come from the
  // server.
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  std::string sqlstate_;
};

// Nothing was changed: no connection within the wait, or the transaction died before its COMMIT was
// sent. Protocols answer their temporary error.
class Unavailable : public Error {
 public:
  using Error::Error;
};

// A write was sent and its end is not known: the connection died, the deadline passed, or a WARNING
// came with the COMMIT (it may not be replicated). Look the outcome up before trying again.
class OutcomeUnknown : public Error {
 public:
  using Error::Error;
};

inline bool is_unique_violation(const Error& error) {
  return error.sqlstate() == "23505";
}
// Serialization failure or deadlock: the same transaction may succeed when it is run again.
inline bool is_conflict(const Error& error) {
  return error.sqlstate() == "40001" || error.sqlstate() == "40P01";
}

}  // namespace tegu::net::pg
