// Reads what an administrator wrote, or says what is wrong with it.
#pragma once
#include <string>
#include <vector>

#include "model/directory/name.h"

namespace tegu::model::directory {

// All throw base::UsageError.
Name wanted_name(const std::string& text);
std::string wanted_domain(const std::string& text);
// At least one; normalised, without repetition, in the given order.
std::vector<std::string> wanted_targets(const std::vector<std::string>& texts);
[[noreturn]] void refuse(const std::string& what);

}  // namespace tegu::model::directory
