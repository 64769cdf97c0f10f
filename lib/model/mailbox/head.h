// The head of a mailbox: its name, its numbers and its counters, all from one row. STATUS and LIST
// need nothing else.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/mailbox/flags.h"

namespace tegu::model::mailbox {

// Which mailbox: user data is always reached through its account.
struct Key {
  base::AccountId account;
  base::MailboxId mailbox;
  auto operator<=>(const Key&) const = default;
};

struct Head {
  Key key;
  std::string name;  // "/" between levels, UTF-8; "INBOX" in capitals
  uint32_t uidvalidity = 0;
  uint32_t uidnext = 1;
  int64_t modseq = 0;
  size_t total = 0;
  size_t unseen = 0;
  size_t deleted = 0;
  uint64_t bytes = 0;
  std::string special_use;  // "\Sent" (RFC 6154) or empty
  bool subscribed = false;
  base::WallTime created_at;
};

// All that SELECT tells of a mailbox.
struct Front {
  Head head;
  Keywords keywords;
};

inline constexpr size_t max_name_octets = 1000;
inline constexpr size_t max_level_octets = 255;
inline constexpr size_t max_levels = 20;

// The one form in which a name is stored and compared: NFC, a first level "inbox" in capitals
// (RFC 9051 5.1), no "/" at the end. Or what is wrong with it, for people.
[[nodiscard]] std::expected<std::string, std::string_view> normal_name(std::string_view name);

// "a/b/c" -> {"a", "a/b", "a/b/c"}.
std::vector<std::string> superiors_and_self(std::string_view name);

}  // namespace tegu::model::mailbox
