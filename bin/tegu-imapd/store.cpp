// STORE (RFC 9051 6.4.6, RFC 7162 3.1.3).
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

// Tells the flags of all messages of the set that changed, or of all when the client wants to hear.
io::Task<void> tell_result(Session& session, const wire::imap::Store& command,
                           const std::vector<IndexRange>& ranges, int64_t before) {
  Selected& selected = session.selected();
  bool mod_seq = session.enabled().condstore;
  const View view = selected.view();
  const View now = selected.live().now.view;
  for (const IndexRange& range : ranges) {
    for (size_t i = range.begin; i < range.end; ++i) {
      uint32_t uid = view.at(i).uid;
      auto index = now.index_of_uid(uid);
      if (!index) continue;
      const Message& message = now.at(*index);
      if (!command.silent) {
        selected.tell_flags(session.out(), i, message, command.uid || mod_seq, mod_seq);
      } else if (mod_seq && message.modseq > before) {
        // RFC 7162 3.1.3: also with .SILENT the client learns the new mod-sequence.
        FetchResponse fetch(session.out(), static_cast<uint32_t>(i + 1));
        fetch.number("UID", uid);
        fetch.mod_seq(static_cast<uint64_t>(message.modseq));
        fetch.end();
      }
      co_await session.line().drain();
    }
  }
}

}  // namespace

ReplyTask handle(Session& session, const wire::imap::Store& command) {
  session.need_writable();
  if (command.unchanged_since) session.enable_condstore();
  Selected& selected = session.selected();
  auto ranges = selected.find(command.set, command.uid);
  UidSet uids = selected.uids(ranges);
  if (uids.empty()) co_return Reply{"Nothing to change"};
  std::optional<int64_t> unchanged_since;
  if (command.unchanged_since) unchanged_since = static_cast<int64_t>(*command.unchanged_since);
  int64_t before = selected.live().now.view.modseq();
  Stored stored = co_await session.services().store.change_flags(
      session.account(), selected.id(), selected.live().now, uids, command.how, command.flags,
      unchanged_since);
  if (stored.outcome != Outcome::done) refuse_outcome(stored.outcome);
  session.told_own(stored.modseq);
  session.services().views.take(selected.live(), std::move(stored.after));
  selected.tell_keywords(session.out());
  co_await tell_result(session, command, ranges, before);
  if (stored.refused.empty()) co_return Reply{"Stored"};
  // RFC 7162 3.1.3: MODIFIED names what was refused, by UID or sequence number as asked.
  std::string modified = stored.refused.text();
  if (!command.uid) {
    NumberSet numbers;
    for (const auto& range : stored.refused.ranges())
      for (uint64_t uid = range.first; uid <= range.last; ++uid)
        if (auto index = selected.view().index_of_uid(static_cast<uint32_t>(uid)))
          numbers.add(static_cast<uint32_t>(*index + 1));
    modified = numbers.text();
  }
  co_return Reply{"Some were changed by others", "MODIFIED " + modified};
}

}  // namespace tegu::imapd
