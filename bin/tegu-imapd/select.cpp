// SELECT, EXAMINE, CLOSE, UNSELECT (RFC 9051 6.3.2, 6.3.3, 6.4.1, 6.4.2; RFC 7162 3.1.2).
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

void tell_mailbox(Session& session, const Head& head) {
  std::string& out = session.out();
  Selected& selected = session.selected();
  const View& view = selected.view();
  auto ok = [&](std::string code, std::string_view text) {
    write_status(out, "*", Condition::ok, code, text);
  };
  selected.tell_keywords(out);
  out += "* " + std::to_string(view.size()) + " EXISTS\r\n";
  // RFC 3501 6.3.1 wants RECENT and the first unseen; RFC 9051 knows neither. We keep no \Recent.
  if (!session.enabled().rev2) out += "* 0 RECENT\r\n";
  if (!session.enabled().rev2 && view.counters().unseen > 0) {
    for (size_t i = 0; i < view.size();) {
      auto run = view.run(i);
      size_t at = 0;
      while (at < run.size() && (run[at].flags & model::mailbox::seen) != 0) ++at;
      if (at < run.size()) {
        ok("UNSEEN " + std::to_string(i + at + 1), "The first that was not seen");
        break;
      }
      i += run.size();
    }
  }
  ok("UIDVALIDITY " + std::to_string(view.uidvalidity()), "UIDs are valid");
  ok("UIDNEXT " + std::to_string(view.uidnext()), "The next UID");
  ok("HIGHESTMODSEQ " + std::to_string(view.modseq()), "The highest");
  ok("MAILBOXID (" + mailbox_object_id(head.key.mailbox) + ")", "Its id");
  // RFC 9051 6.3.2: an untagged LIST with the name.
  if (session.enabled().rev2) {
    out += "* LIST () \"/\" ";
    write_mailbox(out, head.name, session.utf8());
    out += "\r\n";
  }
}

void close_selected(Session& session) {
  if (!session.has_selected()) return;
  session.unselect();
  // RFC 9051 7.1: CLOSED parts the answers about the old mailbox from those about the new.
  write_status(session.out(), "*", Condition::ok, Code::closed, "The old mailbox is closed");
}

}  // namespace

ReplyTask handle(Session& session, const Select& command) {
  // RFC 9051 6.3.2: a failed SELECT leaves nothing selected.
  close_selected(session);
  if (command.condstore) session.enable_condstore();
  Head head = co_await session.need_mailbox(command.mailbox, Code::nonexistent);
  auto live =
      co_await session.services().views.open(session.account(), head.key.mailbox, head.modseq);
  if (!live) refuse(Code::nonexistent, "There is no such mailbox");
  session.select(Selected(std::move(live), head.name, command.read_only));
  tell_mailbox(session, head);
  co_return Reply{"Selected",
                  std::string(code_text(command.read_only ? Code::read_only : Code::read_write))};
}

ReplyTask handle(Session& session, const Close&) {
  Selected& selected = session.selected();
  // RFC 9051 6.4.1: expunges without telling, unless read-only.
  if (!selected.read_only() && selected.live().now.view.counters().deleted > 0) {
    auto live = selected.share();
    Expunged expunged = co_await session.services().store.expunge(session.account(), live->id,
                                                                  live->now, std::nullopt);
    session.services().views.take(*live, std::move(expunged.after));
  }
  session.unselect();
  co_return Reply{"Closed"};
}

ReplyTask handle(Session& session, const Unselect&) {
  session.unselect();
  co_return Reply{"Closed, nothing expunged"};
}

}  // namespace tegu::imapd
