// Delivery status notifications: what became of a letter, told to its sender in words and in fields
// for programs. RFC 3464 (fields), RFC 6522 (multipart/report), RFC 3461 6 (when and what),
// RFC 6533 (UTF-8 addresses), RFC 3834 (Auto-Submitted). Pure: the caller gives date and names.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "wire/smtp/address.h"
#include "wire/smtp/envelope.h"

namespace tegu::wire::dsn {

// RFC 3464 2.3.3
enum class Action { failed, delayed, delivered, relayed, expanded };
std::string_view word(Action action);

struct RecipientStatus {
  smtp::Address address;  // Final-Recipient
  std::optional<smtp::OriginalRecipient> original;
  Action action = Action::failed;
  std::string status;      // "5.1.1" (RFC 3463)
  std::string remote_mta;  // the host that answered; empty: nobody was asked
  // What remote_mta replied in one line ("550 5.1.1 No such user"); without remote_mta our own
  // words.
  std::string diagnostic;
  std::optional<base::WallTime> last_attempt;
  std::optional<base::WallTime> will_retry_until;  // delayed
};

struct Report {
  std::string reporting_mta;   // our host name
  std::string name;            // unique, [0-9a-z]: Message-ID and boundary are made of it
  base::WallTime date;         // of the report
  base::WallTime arrival;      // of the letter
  smtp::Address recipient;     // the letter's reverse-path; never null
  std::string envid;           // empty: not given
  std::string letter;          // the letter's name in our logs
  bool international = false;  // the letter came with SMTPUTF8: UTF-8 forms may be used
  std::vector<RecipientStatus> recipients;  // at least one
};

// What the report gives back: the letter's header, and its body when all of it goes back.
struct Returned {
  std::string_view header;  // with or without the empty line at its end
  std::optional<std::string_view> body;
};

// The report as a message, CRLF line ends, at most 998 octets a line apart from what is returned.
std::string compose(const Report& report, const Returned& returned);

// RFC 3461 6.2: RET counts for failures only; other reports give back the header. Without RET, and
// with RET=FULL, the body goes back while the letter is not larger than `limit` octets.
bool returns_body(smtp::Ret ret, Action action, uint64_t letter_size, uint64_t limit);

}  // namespace tegu::wire::dsn
