// What `make run` shows on the first start: a domain, two accounts, a letter for each.
#pragma once
#include <string>

#include "daemon/conf.h"
#include "io/loop.h"
#include "io/task.h"
#include "state.h"

namespace tegu::ctl {

// Text for the terminal: addresses, passwords and how to connect. Makes nothing when
// STATE/passwords is there already, or the domain exists. The daemons must run.
io::Task<std::string> make_sample(io::Loop& loop, const State& state, daemon::Conf conf,
                                  int port_offset);

}  // namespace tegu::ctl
