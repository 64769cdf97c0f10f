// Errors of a broken world, and the end of a broken program. Expected outcomes are values, not
// these.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace tegu {

// Our bug: logs and aborts. For states that correct code cannot reach, never for input.
[[noreturn]] void bug(std::string_view what);

namespace base {

// The world is broken (database, disk, network, configuration); protocols turn it into their
// temporary error.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A system call failed; the text is "<what>: <strerror>".
class SystemError : public Error {
 public:
  SystemError(std::string_view what, int error_number);
  int number() const { return number_; }

 private:
  int number_;
};

// The caller gave wrong words on a command line or in a configuration file; says what to write
// instead.
class UsageError : public Error {
 public:
  using Error::Error;
};

// Throws SystemError(what, errno).
[[noreturn]] void throw_errno(std::string_view what);

}  // namespace base
}  // namespace tegu
