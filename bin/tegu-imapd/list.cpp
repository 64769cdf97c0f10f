// LIST and LSUB (RFC 9051 6.3.9, RFC 3501 6.3.9, RFC 5258, 5819, 6154). All mailboxes have names of
// their own (parents are made with them), so there is no \NonExistent to invent.
#include <algorithm>
#include <map>

#include "commands.h"
#include "wire/imap/mailbox_name.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

struct Entry {
  const Head* head;
  bool has_children = false;
  bool subscribed_below = false;
  bool special_below = false;
};

// Heads come by name; children are found by walking the names that are open above.
std::vector<Entry> with_children(const std::vector<Head>& heads) {
  std::vector<Entry> entries;
  entries.reserve(heads.size());
  std::map<std::string_view, size_t> by_name;
  for (const Head& head : heads) {
    by_name.emplace(head.name, entries.size());
    entries.push_back({&head});
  }
  for (const Head& head : heads) {
    for (std::string_view above : parents(head.name)) {
      auto found = by_name.find(above);
      if (found == by_name.end()) continue;
      Entry& parent = entries[found->second];
      parent.has_children = true;
      parent.subscribed_below |= head.subscribed;
      parent.special_below |= !head.special_use.empty();
    }
  }
  return entries;
}

struct Answer {
  bool subscribed = false;  // show \Subscribed
  bool child_info = false;  // CHILDINFO ("SUBSCRIBED"): RFC 5258 3.5
};

void write_list(Session& session, const List& list, const Entry& entry, const Answer& answer) {
  std::string& out = session.out();
  std::vector<std::string> attributes;
  attributes.emplace_back(entry.has_children ? "\\HasChildren" : "\\HasNoChildren");
  if (answer.subscribed) attributes.emplace_back("\\Subscribed");
  if (!entry.head->special_use.empty()) attributes.push_back(entry.head->special_use);
  out += list.lsub ? "* LSUB " : "* LIST ";
  write_flags(out, attributes);
  out += " \"/\" ";
  write_mailbox(out, entry.head->name, session.utf8());
  if (answer.child_info)
    out += list.select_subscribed ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))"
                                  : " (\"CHILDINFO\" (\"SPECIAL-USE\"))";
  out += "\r\n";
  if (list.return_status) write_status_items(session, *entry.head, *list.return_status);
}

bool is_selected(const List& list, const Head& head) {
  if ((list.select_subscribed || list.lsub) && !head.subscribed) return false;
  return !list.select_special_use || !head.special_use.empty();
}

bool has_selected_below(const List& list, const Entry& entry) {
  if (!list.select_recursive) return false;
  return list.select_subscribed ? entry.subscribed_below : entry.special_below;
}

}  // namespace

ReplyTask handle(Session& session, const List& list) {
  // RFC 9051 6.3.9: an empty pattern asks for the separator and the root of the reference.
  if (!list.extended && list.patterns.front().empty()) {
    session.out() += list.lsub ? "* LSUB" : "* LIST";
    session.out() += " (\\Noselect) \"/\" \"\"\r\n";
    co_return Reply{};
  }
  if (list.return_status && list.return_status->highest_mod_seq) session.enable_condstore();
  std::vector<ListPattern> patterns;
  for (const std::string& pattern : list.patterns) patterns.emplace_back(list.reference, pattern);
  auto heads = co_await session.services().store.mailboxes(session.account());
  bool show_subscribed = list.return_subscribed || list.select_subscribed;
  for (const Entry& entry : with_children(heads)) {
    const Head& head = *entry.head;
    bool matches = std::ranges::any_of(
        patterns, [&](const ListPattern& pattern) { return pattern.matches(head.name); });
    bool below = has_selected_below(list, entry);
    bool chosen = is_selected(list, head);
    if (matches && (chosen || below)) {
      write_list(session, list, entry,
                 {.subscribed = show_subscribed && head.subscribed, .child_info = below});
      // RFC 3501 6.3.9: not subscribed itself, but something below it is.
    } else if (matches && list.lsub && entry.subscribed_below) {
      session.out() += "* LSUB (\\Noselect) \"/\" ";
      write_mailbox(session.out(), head.name, session.utf8());
      session.out() += "\r\n";
    }
    co_await session.line().drain();
  }
  co_return Reply{};
}

}  // namespace tegu::imapd
