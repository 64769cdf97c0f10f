// tegu-imapd: gives users their mailboxes over IMAP. man/tegu-imapd.8
#include "daemon/run.h"
#include "model/mailbox/hot.h"
#include "serve.h"

int main(int argc, char** argv) {
  tegu::imapd::Common common;  // of all loops
  return tegu::daemon::run(
      argc, argv,
      {.name = "tegu-imapd",
       .description = "IMAP server: mailboxes for users",
       .services = {"imap", "imaps"},
       .hot = tegu::model::mailbox::hot_calls(),
       .serve = [&common](auto& runtime) { return tegu::imapd::serve(runtime, common); }});
}
