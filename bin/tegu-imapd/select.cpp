// SELECT, EXAMINE, CLOSE, UNSELECT (RFC 9051 6.3.2, 6.3.3, 6.4.1, 6.4.2; RFC 7162 3.1.2).
#include "base/error.h"
#include "base/log.h"
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

// Its index; RFC 3501 6.3.1 wants it, RFC 9051 does not know it.
std::optional<size_t> first_unseen(const View& view) {
  if (view.counters().unseen == 0) return std::nullopt;
  for (size_t i = 0; i < view.size();) {
    auto run = view.run(i);
    size_t at = 0;
    while (at < run.size() && (run[at].flags & model::mailbox::seen) != 0) ++at;
    if (at < run.size()) return i + at;
    i += run.size();
  }
  return std::nullopt;
}

// What follows the flags. The numbers of `head` are those of the view that the session will have.
void tell_mailbox(Session& session, const Head& head, std::optional<size_t> unseen) {
  std::string& out = session.out();
  auto ok = [&](std::string code, std::string_view text) {
    write_status(out, "*", Condition::ok, code, text);
  };
  out += "* " + std::to_string(head.total) + " EXISTS\r\n";
  // RFC 3501 6.3.1 wants RECENT, RFC 9051 does not know it. We keep no \Recent.
  if (!session.enabled().rev2) out += "* 0 RECENT\r\n";
  if (!session.enabled().rev2 && unseen)
    ok("UNSEEN " + std::to_string(*unseen + 1), "The first that was not seen");
  ok("UIDVALIDITY " + std::to_string(head.uidvalidity), "UIDs are valid");
  ok("UIDNEXT " + std::to_string(head.uidnext), "The next UID");
  ok("HIGHESTMODSEQ " + std::to_string(head.modseq), "The highest");
  ok("MAILBOXID (" + mailbox_object_id(head.key.mailbox) + ")", "Its id");
  // RFC 9051 6.3.2: an untagged LIST with the name.
  if (session.enabled().rev2) {
    out += "* LIST () \"/\" ";
    write_mailbox(out, head.name, session.utf8());
    out += "\r\n";
  }
}

Reply selected_reply(const Select& command) {
  return {"Selected",
          std::string(code_text(command.read_only ? Code::read_only : Code::read_write))};
}

// A mailbox that is not in memory: its head has all that SELECT must tell, so the client is
// answered before the mailbox is read, and its next command waits for that. RFC 3501 6.3.1: where
// UNSEEN is missing, the client knows nothing about the first one.
ReplyTask answer_and_open(Session& session, const Select& command, Front front) {
  Store& store = session.services().store;
  auto& [head, keywords] = front;
  write_known_flags(session.out(), keywords, command.read_only);
  tell_mailbox(session, head, std::nullopt);
  Reply reply = selected_reply(command);
  session.reply_early(reply);
  co_await session.line().flush();
  std::string name = head.name;
  MailboxId id = head.key.mailbox;
  std::shared_ptr<LiveMailbox> live;
  try {
    if (auto contents = co_await store.open_at(std::move(head), keywords)) {
      live = co_await session.services().views.adopt(session.account(), id, *contents);
      if (live) {
        session.select(Selected(live, *contents, std::move(name), command.read_only));
        session.selected().keywords_were_told(keywords);
      }
    }
  } catch (const io::ConnectionLost&) {
    throw;
  } catch (const base::Error& error) {
    base::log::error("imap.select_failed", {{"session", session.id()}, {"error", error.what()}});
  }
  if (!live) {
    // The client believes in a mailbox that we cannot show: RFC 5530 UNAVAILABLE.
    write_status(session.out(), "*", Condition::bye, Code::unavailable, "Try again later");
    session.finish();
  }
  co_return reply;
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
  auto front = co_await session.services().store.find_front(session.account(), command.mailbox);
  if (!front) refuse(Code::nonexistent, "There is no such mailbox");
  Head& head = front->head;
  Views& views = session.services().views;
  if (!views.has(session.account(), head.key.mailbox))
    co_return co_await answer_and_open(session, command, std::move(*front));
  auto live = co_await views.open(session.account(), head.key.mailbox, head.modseq);
  if (!live) refuse(Code::nonexistent, "There is no such mailbox");
  session.select(Selected(std::move(live), head.name, command.read_only));
  const View& view = session.selected().view();
  head.total = view.size();
  head.uidnext = view.uidnext();
  head.modseq = view.modseq();
  session.selected().tell_keywords(session.out());
  tell_mailbox(session, head, first_unseen(view));
  co_return selected_reply(command);
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
