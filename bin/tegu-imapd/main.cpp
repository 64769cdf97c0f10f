// tegu-imapd: gives users their mailboxes over IMAP. man/tegu-imapd.8
#include "daemon/run.h"
#include "guests.h"
#include "serve.h"

int main(int argc, char** argv) {
  tegu::imapd::Guests guests;  // of all loops
  return tegu::daemon::run(
      argc, argv,
      {.name = "tegu-imapd",
       .description = "IMAP server: mailboxes for users",
       .services = {"imap", "imaps"},
       .serve = [&guests](auto& runtime) { return tegu::imapd::serve(runtime, guests); }});
}
