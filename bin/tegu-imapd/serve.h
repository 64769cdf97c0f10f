// One loop of tegu-imapd: accepts connections, runs their sessions, hears of changes in mailboxes,
// and ends in order.
#pragma once
#include "daemon/runtime.h"
#include "digest_cache.h"
#include "guests.h"
#include "io/task.h"
#include "model_store.h"
#include "view_cache.h"

namespace tegu::imapd {

// What all loops share; main owns it.
struct Common {
  Guests guests;
  ViewCache views;
  Gatherings gatherings;
  DigestCache digests;
};

io::Task<void> serve(daemon::Runtime& runtime, Common& common);

}  // namespace tegu::imapd
