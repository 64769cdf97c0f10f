// APPEND with MULTIAPPEND (RFC 9051 6.3.12, RFC 3502, RFC 7889, RFC 9755 UTF8). The messages are
// streamed into a Spool; all of them become visible in one change, or none.
#include "base/error.h"
#include "base/log.h"
#include "commands.h"
#include "spool.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

struct Extent {
  uint64_t begin;
  uint64_t size;
  AppendMessage message;
};

class Appending {
 public:
  explicit Appending(Session& session)
      : session_(session), spool_(session.services().spool_folder) {}

  // Everything that can refuse before the bytes come.
  io::Task<void> check_target(const std::string& mailbox) {
    auto [head, quota] = co_await session_.need_target(mailbox);
    target_ = std::move(head);
    if (quota.limit) room_ = *quota.limit > quota.used ? *quota.limit - quota.used : 0;
  }

  void check_size(const AppendPart& part) const {
    // RFC 3502 6.3.11: a message of no octets is the client's way to give up.
    if (part.size == 0) refuse(Code::none, "An empty message cannot be stored");
    // RFC 7889 4.
    if (part.size > session_.append_limit()) refuse(Code::too_big, "The message is too large");
    if (room_ && spool_.size() + part.size > *room_)
      refuse(Code::over_quota, "The quota would be exceeded");
  }

  io::Task<void> receive(AppendMessage message, uint64_t size, bool synchronizing) {
    if (synchronizing) session_.out() += "+ Send it\r\n";
    extents_.push_back({spool_.size(), size, std::move(message)});
    uint64_t left = size;
    while (left > 0) {
      auto frame = co_await session_.line().next(session_.command_deadline());
      if (!frame) throw io::ConnectionLost("the client left in the middle of APPEND");
      auto* bytes = std::get_if<AppendBytes>(&*frame);
      if (bytes == nullptr) throw io::ConnectionLost("APPEND broke off");
      left -= bytes->bytes.size();
      spool_.write(bytes->bytes);
    }
  }

  const AppendMessage& last() const { return extents_.back().message; }

  io::Task<Added> store() {
    auto file = spool_.file();
    std::vector<Incoming> messages;
    for (Extent& extent : extents_) {
      Incoming& one = messages.emplace_back();
      one.size = extent.size;
      if (file) {
        one.file = file;
        one.offset = extent.begin;
      } else {
        one.bytes = spool_.memory().substr(extent.begin, extent.size);
      }
      one.flags = std::move(extent.message.flags);
      one.date = extent.message.date ? extent.message.date->time : base::wall_now();
    }
    co_return co_await session_.services().store.append(session_.account(), target_.key.mailbox,
                                                        std::move(messages));
  }
  const Head& target() const { return target_; }

 private:
  Session& session_;
  Spool spool_;
  Head target_;
  std::optional<uint64_t> room_;
  std::vector<Extent> extents_;
};

// Receives all messages; the client has ended its command when this returns.
io::Task<void> receive_all(Session& session, Appending& appending, Append start, AppendPart part) {
  AppendMessage message = std::move(start.message);
  while (true) {
    appending.check_size(part);
    co_await appending.receive(std::move(message), part.size, part.synchronizing);
    auto frame = co_await session.line().next(session.command_deadline());
    if (!frame) throw io::ConnectionLost("the client left in the middle of APPEND");
    if (auto* end = std::get_if<AppendEnd>(&*frame)) {
      if (!append_ends(end->text, appending.last().utf8)) refuse_bad("Junk after the message");
      co_return;
    }
    if (auto* error = std::get_if<FrameError>(&*frame)) {
      if (error->close) throw io::ConnectionLost(error->text);
      refuse_bad(error->text);
    }
    part = std::get<AppendPart>(*frame);
    auto next = parse_append_next(part.text, appending.last().utf8, session.parse_context());
    if (!next) refuse_bad(next.error().text);
    message = std::move(*next);
  }
}

// After a refusal in the middle: reads what the client still sends of this command.
io::Task<void> skip_rest(Session& session) {
  session.line().framer().refuse();
  auto frame = co_await session.line().next(session.command_deadline());
  if (!frame) throw io::ConnectionLost("the client left in the middle of APPEND");
  if (auto* error = std::get_if<FrameError>(&*frame); error != nullptr && error->close)
    throw io::ConnectionLost(error->text);
}

}  // namespace

ReplyTask handle_append(Session& session, Append start, AppendPart part) {
  Appending appending(session);
  std::exception_ptr refusal;
  try {
    co_await appending.check_target(start.mailbox);
    co_await receive_all(session, appending, std::move(start), part);
  } catch (const io::ConnectionLost&) {
    throw;
  } catch (const CommandError&) {
    refusal = std::current_exception();
  } catch (const base::Error&) {
    refusal = std::current_exception();
  }
  if (refusal) {
    if (session.line().framer().in_append()) co_await skip_rest(session);
    std::rethrow_exception(refusal);
  }
  Added added = co_await appending.store();
  if (added.outcome != Outcome::done) refuse_outcome(added.outcome, true);
  if (session.has_selected() && session.selected().id() == appending.target().key.mailbox)
    co_await session.catch_up();
  else
    session.services().views.hear(session.account(), appending.target().key.mailbox, 0);
  co_return Reply{"Stored",
                  "APPENDUID " + std::to_string(added.uidvalidity) + " " + added.to.text()};
}

}  // namespace tegu::imapd
