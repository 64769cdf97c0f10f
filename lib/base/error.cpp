#include "base/error.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tegu {

void bug(std::string_view what) {
  std::fprintf(stderr, "bug: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

namespace base {

static std::string errno_text(std::string_view what, int number) {
  char buffer[256];
  std::string text(what);
  text += ": ";
  text += ::strerror_r(number, buffer, sizeof buffer);
  return text;
}

SystemError::SystemError(std::string_view what, int error_number)
    : Error(errno_text(what, error_number)), number_(error_number) {}

void throw_errno(std::string_view what) {
  throw SystemError(what, errno);
}

}  // namespace base
}  // namespace tegu
