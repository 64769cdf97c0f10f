// EXPUNGE and UID EXPUNGE (RFC 9051 6.4.3, 6.4.9; RFC 4315; RFC 7162 3.1.10 HIGHESTMODSEQ).
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

// The UIDs of a set, as ranges: also of messages that the client has not been told of.
UidSet named(Selected& selected, const SeqSet& set) {
  if (set.saved()) return selected.uids(selected.find(set, true));
  const View& view = selected.live().now.view;
  UidSet uids;
  NumberSet numbers = set.resolve(view.empty() ? 0 : view.at(view.size() - 1).uid);
  for (const Range& range : numbers.ranges()) uids.append({range.first, range.last});
  return uids;
}

}  // namespace

ReplyTask handle(Session& session, const Expunge& command) {
  session.need_writable();
  Selected& selected = session.selected();
  // What others marked meanwhile is expunged too: RFC 9051 speaks of all messages with \Deleted.
  co_await session.catch_up();
  std::optional<UidSet> only;
  if (command.uids) {
    only.emplace(named(selected, *command.uids));
    if (only->empty()) co_return Reply{"Nothing to expunge"};
  }
  Expunged expunged = co_await session.services().store.expunge(
      session.account(), selected.id(), selected.live().now, std::move(only));
  if (expunged.outcome != Outcome::done) refuse_outcome(expunged.outcome);
  session.services().views.take(selected.live(), std::move(expunged.after));
  if (!session.enabled().condstore) co_return Reply{"Expunged"};
  co_return Reply{"Expunged", "HIGHESTMODSEQ " + std::to_string(selected.live().now.view.modseq())};
}

}  // namespace tegu::imapd
