// News that a mailbox changed, on PostgreSQL's channel "tegu_mailbox": gathered after commits, sent
// by pg::Client::notify, heard by everybody who shows mailboxes. May be lost or doubled: it only
// says "look", and who must not miss a change also polls slowly.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/mailbox/head.h"

namespace tegu::model::mailbox {

inline constexpr const char* changed_channel = "tegu_mailbox";

struct Changed {
  Key key;
  int64_t modseq = 0;
  bool operator==(const Changed&) const = default;
};

// "17:4711:99", account, mailbox and modseq.
std::string text(const Changed& changed);
// A payload: several, joined by commas. What does not parse is left out.
std::vector<Changed> parse_changed(std::string_view payload);

}  // namespace tegu::model::mailbox
