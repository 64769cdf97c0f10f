// COPY and MOVE (RFC 9051 6.4.7, 6.4.8; RFC 4315 COPYUID).
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

// Copies count like new letters; a MOVE takes away as much as it brings.
void need_room(Session& session, const UidSet& uids, const Quota& quota) {
  if (!quota.limit) return;
  const View& view = session.selected().view();
  uint64_t size = quota.used;
  for (const auto& range : uids.ranges())
    for (size_t i = view.lower_bound_uid(range.first); i < view.size(); ++i) {
      const Message& message = view.at(i);
      if (message.uid > range.last) break;
      size += message.size;
    }
  if (size > *quota.limit) refuse(Code::over_quota, "The quota would be exceeded");
}

}  // namespace

ReplyTask handle(Session& session, const Copy& command) {
  if (command.move) session.need_writable();
  Selected& selected = session.selected();
  UidSet uids = selected.uids(selected.find(command.set, command.uid));
  auto [target, quota] = co_await session.need_target(command.mailbox);
  if (uids.empty()) co_return Reply{"Nothing to copy"};
  if (command.move && target.key.mailbox == selected.id())
    refuse(Code::cannot, "The messages are there already");
  if (!command.move) need_room(session, uids, quota);
  Added added =
      co_await session.services().store.copy(session.account(), selected.id(), selected.live().now,
                                             std::move(uids), target.key.mailbox, command.move);
  if (added.outcome != Outcome::done) refuse_outcome(added.outcome, true);
  session.services().views.take(selected.live(), std::move(added.after));
  if (target.key.mailbox == selected.id()) co_await session.catch_up();
  if (target.key.mailbox != selected.id())
    session.services().views.hear(session.account(), target.key.mailbox, 0);
  if (added.from.empty())
    // RFC 5530 EXPUNGEISSUED: someone expunged them all.
    refuse(Code::expunge_issued, "The messages are gone");
  std::string code = "COPYUID " + std::to_string(added.uidvalidity) + " " + added.from.text() +
                     " " + added.to.text();
  if (!command.move) co_return Reply{"Copied", code};
  // RFC 6851 4.3: COPYUID comes before the EXPUNGE responses, untagged.
  write_status(session.out(), "*", Condition::ok, code, "Moved");
  co_return Reply{"Moved"};
}

}  // namespace tegu::imapd
