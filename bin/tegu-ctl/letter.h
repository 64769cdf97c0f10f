// Letters that tegu-ctl itself brings to queue.sock: completed as a submission server would
// (RFC 6409 8), then accepted durably.
#pragma once
#include <string>
#include <string_view>

#include "daemon/conf.h"
#include "io/loop.h"
#include "io/task.h"
#include "wire/smtp/envelope.h"

namespace tegu::ctl {

// With CRLF line ends, and with Date and Message-ID where they are missing.
std::string complete_letter(std::string_view text, const std::string& host);

// Returns when it is stored. envelope.id is filled in when empty. Errors as net::peer::Queue.
io::Task<void> hand_in(io::Loop& loop, const daemon::Conf& conf, wire::smtp::Envelope envelope,
                       std::string letter);

// Addresses of the To, Cc and Bcc fields, and the letter without Bcc (sendmail -t).
struct Addressed {
  std::vector<std::string> recipients;
  std::string letter;
};
Addressed take_recipients(std::string_view letter);

}  // namespace tegu::ctl
