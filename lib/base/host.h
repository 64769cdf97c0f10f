// What the system calls itself.
#pragma once
#include <string>

namespace tegu::base {

// The host name as set in the system; "localhost" where there is none.
std::string host_name();

}  // namespace tegu::base
