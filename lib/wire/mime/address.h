// Address lists and message ids of header fields (RFC 5322 3.4, 3.6.4 with the obsolete syntax of
// 4.4 and what senders make of it; RFC 6532 UTF-8).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mime/limits.h"

namespace tegu::wire::mime {

// As in an IMAP ENVELOPE (RFC 9051 7.5.2). A mailbox has mailbox and host (host empty when the
// sender gave none). A group begins with {mailbox = its name, no host} and ends with nothing at
// all. Quoting and comments are removed; encoded words (RFC 2047) stay as they are.
struct Address {
  std::optional<std::string> name;
  std::optional<std::string> route;  // "@a,@b"
  std::optional<std::string> mailbox;
  std::optional<std::string> host;

  bool is_mailbox() const { return mailbox && host; }
  // mailbox@host as one writes it, the local part quoted where RFC 5322 asks for it.
  std::string spec() const;
  bool operator==(const Address&) const = default;
};

// Value of From, To ...: raw, folded or not. Junk is skipped, never an error.
std::vector<Address> parse_addresses(std::string_view value, const Limits& limits = {});

// The <...> of Message-ID, In-Reply-To and References, with the angles, without blanks in them.
std::vector<std::string> message_ids(std::string_view value, const Limits& limits = {});

}  // namespace tegu::wire::mime
