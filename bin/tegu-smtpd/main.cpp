// tegu-smtpd: receives mail by SMTP and LMTP. man/tegu-smtpd.8
#include "daemon/run.h"
#include "server.h"

int main(int argc, char** argv) {
  tegu::smtpd::Admission admission;  // of all loops
  return tegu::daemon::run(
      argc, argv,
      {.name = "tegu-smtpd",
       .description = "SMTP and LMTP server",
       .services = {"smtp", "submission", "submissions", "lmtp"},
       .serve = [&admission](auto& runtime) { return tegu::smtpd::serve(runtime, admission); }});
}
