// Puts the parts of tegu-queue together and runs them until the daemon is asked to stop.
#pragma once
#include "daemon/runtime.h"
#include "io/task.h"

namespace tegu::queue {

io::Task<void> serve(daemon::Runtime& runtime);

}  // namespace tegu::queue
