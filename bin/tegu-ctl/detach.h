// A command that lives on in the background after it has said that it is ready.
#pragma once
#include <functional>
#include <string>

#include "context.h"

namespace tegu::ctl {

// Forks. The child leaves the terminal, writes to `log` and runs body(words): what it writes to the
// descriptor `words` is printed here, and closing it means "ready". Gives 0 when it is ready, or
// the status of a child that ended before; the child itself ends with body's status.
int run_detached(const Context& context, const std::string& log,
                 const std::function<int(int words)>& body);

}  // namespace tegu::ctl
