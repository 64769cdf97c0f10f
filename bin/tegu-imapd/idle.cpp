// IDLE (RFC 2177, RFC 9051 6.3.13): tells what happens until the client says DONE.
#include <exception>

#include "base/error.h"
#include "base/text.h"
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

// The writing half of an IDLE. It is never cancelled in the middle of a write, but told to stop.
struct Teller {
  Session& session;
  bool stop = false;
  io::Signal nothing = {};  // for a session without a mailbox: only the keep-alive

  io::Signal& signal() {
    return session.has_selected() ? session.selected().live().moved : nothing;
  }
};

void tell_keep_alive(Session& session) {
  write_status(session.out(), "*", Condition::ok, Code::none, "Still here");
}

io::Task<void> tell_while_idle(Teller& teller, std::chrono::seconds keep_alive) {
  Session& session = teller.session;
  try {
    while (!teller.stop) {
      session.tell(true, false);
      if (session.out().empty()) {
        bool moved = co_await teller.signal().wait(io::after(keep_alive));
        // Middle boxes forget connections on which nothing moves.
        if (!moved && !teller.stop) tell_keep_alive(session);
        continue;
      }
      co_await session.line().flush();
      // The mailbox was deleted and the client was told goodbye.
      if (session.finished()) session.interrupt();
    }
  } catch (const base::Error&) {
    // The reading half meets the same end.
  }
}

Reply idled(Session& session, const std::optional<Frame>& frame) {
  if (!frame && session.line().interrupted()) {
    session.mute_reply();  // the BYE follows
    return {};
  }
  if (!frame) throw io::ConnectionLost("the client left in IDLE");
  auto* line = std::get_if<LineText>(&*frame);
  if (line == nullptr || !base::iequals(line->text, "DONE")) refuse_bad("Wants DONE");
  return {"Idled"};
}

std::chrono::seconds time_of(Session& session, std::string_view setting) {
  return session.services().world.settings().duration(setting);
}

}  // namespace

ReplyTask handle(Session& session, const Idle&) {
  session.tell(true, false);
  session.out() += "+ Idling\r\n";
  co_await session.line().flush();
  session.line().framer().expect_line();

  std::shared_ptr<LiveMailbox> live;
  if (session.has_selected()) live = session.selected().share();
  if (live) live->watchers++;
  session.set_idle(true);
  Teller teller{session};
  io::Scope scope(session.services().scope.loop());
  std::exception_ptr error;
  std::optional<Frame> frame;
  try {
    if (live) co_await session.services().views.refresh(live);
    scope.spawn(tell_while_idle(teller, time_of(session, "imap.keep_alive")));
    frame = co_await session.line().next(io::after(time_of(session, "imap.idle_timeout")),
                                         Connection::Wait::interruptible);
  } catch (...) {
    error = std::current_exception();
  }
  teller.stop = true;
  (live ? live->moved : teller.nothing).notify_all();
  co_await scope.join();
  if (live) live->watchers--;
  session.set_idle(false);
  if (error) std::rethrow_exception(error);
  co_return idled(session, frame);
}

}  // namespace tegu::imapd
