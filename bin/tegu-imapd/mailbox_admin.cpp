// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 6.3.4 to 6.3.8, RFC 6154).
#include "base/text.h"
#include "commands.h"
#include "wire/imap/mailbox_name.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

void need_good_name(const std::string& name) {
  if (auto fault = name_fault(name)) refuse(Code::cannot, *fault);
}

std::string known_use(const Create& command) {
  if (command.special_use.empty()) return "";
  // RFC 6154 3: USEATTR when an attribute cannot be given.
  if (command.special_use.size() > 1)
    throw CommandError{Code::use_attr, "A mailbox has at most one special use"};
  for (std::string_view use : {"\\Drafts", "\\Sent", "\\Trash", "\\Junk", "\\Archive"})
    if (base::iequals(use, command.special_use.front())) return std::string(use);
  throw CommandError{Code::use_attr, "That special use is not offered"};
}

}  // namespace

void refuse_outcome(Outcome outcome, bool try_create) {
  switch (outcome) {
    case Outcome::no_mailbox:
      refuse(try_create ? Code::try_create : Code::nonexistent, "There is no such mailbox");
    case Outcome::already_exists:
      refuse(Code::already_exists, "There is one of that name");
    case Outcome::has_children:
      refuse(Code::has_children, "There are mailboxes below it");
    case Outcome::over_quota:
      refuse(Code::over_quota, "The quota would be exceeded");
    case Outcome::too_many_keywords:
      refuse(Code::limit, "The mailbox has too many keywords");
    case Outcome::too_many:
      refuse(Code::limit, "The limit is reached");
    case Outcome::bad_name:
      refuse(Code::cannot, "A mailbox cannot have that name");
    case Outcome::use_taken:
      // RFC 6154 3.
      refuse(Code::use_attr, "Another mailbox has that special use");
    case Outcome::done:
      break;
  }
  bug("refused although done");
}

ReplyTask handle(Session& session, const Create& command) {
  need_good_name(command.mailbox);
  if (command.mailbox == "INBOX") refuse(Code::already_exists, "There is always an INBOX");
  std::string use = known_use(command);
  Store& store = session.services().store;
  Outcome outcome = co_await store.create(session.account(), command.mailbox, use);
  if (outcome != Outcome::done) refuse_outcome(outcome);
  auto head = co_await store.find(session.account(), command.mailbox);
  if (!head) co_return Reply{"Created"};
  co_return Reply{"Created", "MAILBOXID (" + mailbox_object_id(head->key.mailbox) + ")"};
}

ReplyTask handle(Session& session, const Delete& command) {
  if (command.mailbox == "INBOX") refuse(Code::cannot, "INBOX cannot be deleted");
  Head head = co_await session.need_mailbox(command.mailbox, Code::nonexistent);
  Outcome outcome = co_await session.services().store.remove(session.account(), head.key.mailbox);
  if (outcome != Outcome::done) refuse_outcome(outcome);
  session.services().views.hear(session.account(), head.key.mailbox, 0);
  // RFC 9051 6.3.5: who deletes what is selected has nothing selected afterwards.
  if (session.has_selected() && session.selected().id() == head.key.mailbox) session.unselect();
  co_return Reply{"Deleted"};
}

ReplyTask handle(Session& session, const Rename& command) {
  need_good_name(command.to);
  if (command.to == "INBOX") refuse(Code::already_exists, "There is always an INBOX");
  if (command.to.starts_with(command.from + hierarchy_separator))
    refuse(Code::cannot, "A mailbox cannot move below itself");
  Outcome outcome =
      co_await session.services().store.rename(session.account(), command.from, command.to);
  if (outcome != Outcome::done) refuse_outcome(outcome);
  co_return Reply{"Renamed"};
}

ReplyTask handle(Session& session, const Subscribe& command) {
  Outcome outcome =
      co_await session.services().store.subscribe(session.account(), command.mailbox, command.on);
  // RFC 9051 6.3.8: what is not subscribed may be unsubscribed; here subscription is a property of
  // the mailbox, so a name without one is never subscribed.
  if (outcome != Outcome::done && command.on) refuse_outcome(outcome);
  co_return Reply{command.on ? "Subscribed" : "Unsubscribed"};
}

}  // namespace tegu::imapd
