#include "directory.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace tegu::ctl {

Json pick_row(const Json& rows, const char* member, const std::optional<std::string>& wanted,
              const std::string& words, const char* what) {
  for (const Json& row : rows) {
    if (wanted && row.at(member) == *wanted) return row;
  }
  throw base::UsageError(words + ": no such " + what);
}

}  // namespace tegu::ctl
