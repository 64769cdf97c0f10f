// What is done now and then, by every node: content that nothing names any more is removed, and
// what mailboxes remember of messages expunged long ago.
#pragma once
#include <chrono>
#include <functional>

#include "io/task.h"
#include "ledger.h"
#include "meters.h"
#include "model/mailbox/store.h"

namespace tegu::queue {

// Removes all contents that nothing names any more, in small steps: other work on the same
// connections must not wait long.
io::Task<void> sweep(Ledger& ledger, Meters& meters);

// Sweeps until cancelled. `chance` spreads the nodes over the hour.
io::Task<void> keep_house(Ledger& ledger, Meters& meters, std::function<double()> chance);

// Until cancelled: measures the queue for the metrics.
io::Task<void> watch_depth(Ledger& ledger, Meters& meters);

// Until cancelled, a round every day or so. `undelete_time`: how long expunged messages are kept.
io::Task<void> forget_expunged(model::mailbox::Store& mailboxes,
                               std::function<std::chrono::seconds()> undelete_time,
                               std::function<double()> chance);

}  // namespace tegu::queue
