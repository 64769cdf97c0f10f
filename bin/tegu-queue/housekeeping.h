// What is done now and then, by every node: content that nothing names any more is removed.
#pragma once
#include <functional>

#include "io/task.h"
#include "ledger.h"
#include "meters.h"

namespace tegu::queue {

// Until cancelled. `chance` spreads the nodes over the hour.
io::Task<void> keep_house(Ledger& ledger, Meters& meters, std::function<double()> chance);

}  // namespace tegu::queue
