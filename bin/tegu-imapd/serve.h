// One loop of tegu-imapd: accepts connections, runs their sessions, hears of changes in mailboxes,
// and ends in order.
#pragma once
#include "daemon/runtime.h"
#include "io/task.h"

namespace tegu::imapd {

class Guests;

io::Task<void> serve(daemon::Runtime& runtime, Guests& guests);

}  // namespace tegu::imapd
