// FETCH (RFC 9051 6.4.5, RFC 3516, 7162, 8474, 8514). Messages are taken in small batches: one
// question to the store for what is kept ready of their letters, then one answer after the other.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "commands.h"
#include "fetch_part.h"
#include "wire/mime/body_structure.h"
#include "wire/mime/packed.h"

namespace tegu::imapd {

using namespace wire::imap;
using Kind = FetchItem::Kind;

namespace {

// What is done for every message of the command.
struct Plan {
  std::vector<FetchItem> items;
  Wanted wanted;
  bool letters = false;  // some item needs the letter
  bool bodies = false;   // ... and octets of its body
  bool sets_seen = false;
  bool flags = false;  // FLAGS is asked for
  std::optional<int64_t> changed_since;
};

bool is_octets(Kind kind) {
  return kind == Kind::section || kind == Kind::rfc822 || kind == Kind::rfc822_header ||
         kind == Kind::rfc822_text || kind == Kind::binary;
}

Plan make_plan(const Fetch& command) {
  Plan plan;
  plan.items = command.items;
  std::set<Kind> kinds;
  for (const FetchItem& item : plan.items) {
    kinds.insert(item.kind);
    bool octets = is_octets(item.kind);
    plan.sets_seen |= octets && !item.peek;
    Needs needs = needs_of(item);
    plan.bodies |= needs.body;
    plan.wanted.structure |= needs.structure;
    plan.wanted.header |= needs.header;
    plan.wanted.envelope |= item.kind == Kind::envelope;
  }
  plan.letters = plan.bodies || plan.wanted.any();
  plan.flags = kinds.contains(Kind::flags);
  auto add_first = [&](Kind kind) {
    if (!kinds.contains(kind)) plan.items.insert(plan.items.begin(), FetchItem{.kind = kind});
  };
  if (command.changed_since) {
    plan.changed_since = static_cast<int64_t>(*command.changed_since);
    // RFC 7162 3.1.4.1: MODSEQ comes with it.
    add_first(Kind::mod_seq);
  }
  // RFC 9051 6.4.9.
  if (command.uid) add_first(Kind::uid);
  return plan;
}

class Fetcher {
 public:
  Fetcher(Session& session, Plan plan) : session_(session), plan_(std::move(plan)) {}

  io::Task<void> run(const std::vector<IndexRange>& ranges) {
    // The selected view does not move while we answer.
    const View view = session_.selected().view();
    for (const IndexRange& range : ranges)
      for (size_t i = range.begin; i < range.end; ++i) {
        const Message& message = session_.selected().latest(view.at(i));
        if (plan_.changed_since && message.modseq <= *plan_.changed_since) continue;
        batch_.push_back({static_cast<uint32_t>(i + 1), message});
        batch_size_ += std::min<uint64_t>(message.size, 64 * 1024);
        size_t most = plan_.letters ? 64 : 500;
        if (batch_.size() >= most || (plan_.letters && batch_size_ > 512 * 1024))
          co_await answer_batch();
      }
    co_await answer_batch();
  }

  // Messages that begin to be \Seen by this command: their flags are told although not asked for.
  void tell_flags_of(UidSet uids) { seen_now_ = std::move(uids); }
  bool lost_some() const { return lost_some_; }

 private:
  struct Numbered {
    uint32_t sequence;
    Message message;
  };

  io::Task<void> answer_batch() {
    std::vector<Numbered> batch = std::move(batch_);
    batch_.clear();
    batch_size_ = 0;
    if (batch.empty()) co_return;
    std::vector<std::optional<Letter>> letters;
    if (plan_.letters) {
      std::vector<ContentId> ids;
      for (const Numbered& entry : batch) ids.push_back(entry.message.content);
      letters = co_await session_.services().store.letters(std::move(ids), plan_.wanted);
    }
    std::vector<std::optional<std::string>> bodies(batch.size());
    if (plan_.bodies) bodies = co_await read_bodies(batch, letters);
    for (size_t i = 0; i < batch.size(); ++i) {
      if (plan_.letters && !letters[i]) {
        // Expunged so long ago that its letter was swept.
        lost_some_ = true;
        continue;
      }
      co_await answer_one(batch[i], plan_.letters ? &*letters[i] : nullptr, std::move(bodies[i]));
      if (plan_.letters) letters[i].reset();
    }
    if (!plan_.letters) co_await io::yield();
  }

  io::Task<std::vector<std::optional<std::string>>> read_bodies(
      const std::vector<Numbered>& batch, const std::vector<std::optional<Letter>>& letters) {
    std::vector<WantedLetter> wanted;
    for (size_t i = 0; i < batch.size(); ++i)
      wanted.push_back({batch[i].message.content, letters[i] ? letters[i]->size : UINT64_MAX});
    return read_small(session_.services().store, std::move(wanted));
  }

  io::Task<void> answer_one(const Numbered& entry, const Letter* letter,
                            std::optional<std::string> body) {
    static const Letter none;
    OpenLetter open{letter ? *letter : none,
                    LetterBytes(session_.services().store, entry.message.content, std::move(body)),
                    std::nullopt};
    if (plan_.wanted.structure) {
      open.structure = wire::mime::decode_structure(open.letter.structure);
      if (!open.structure) throw base::Error("stored structure is damaged");
    }
    size_t sent = session_.line().sent();
    std::string text;
    bool broken = false;
    try {
      FetchResponse response(text, entry.sequence);
      for (const FetchItem& item : plan_.items)
        co_await answer_item(entry, open, item, response, text);
      if (!plan_.flags && seen_now_.contains(entry.message.uid))
        response.flags(session_.selected().flags_text(entry.message.flags));
      response.end();
    } catch (const io::ConnectionLost&) {
      throw;
    } catch (const base::Error&) {
      if (session_.line().sent() == sent) throw;
      broken = true;
    }
    // The client waits for octets that will not come; nothing that we could say is understood.
    if (broken) throw io::ConnectionLost("the store failed in the middle of a literal");
    session_.out() += text;
    co_await session_.line().drain();
  }

  io::Task<void> answer_item(const Numbered& entry, OpenLetter& open, const FetchItem& item,
                             FetchResponse& response, std::string& text) {
    const Message& message = entry.message;
    switch (item.kind) {
      case Kind::flags:
        response.flags(session_.selected().flags_text(message.flags));
        break;
      case Kind::uid:
        response.number("UID", message.uid);
        break;
      case Kind::internal_date:
        response.internal_date("INTERNALDATE",
                               base::WallTime(std::chrono::seconds(message.internal_date)));
        break;
      case Kind::save_date:
        response.internal_date("SAVEDATE", base::WallTime(std::chrono::seconds(message.saved_at)));
        break;
      case Kind::rfc822_size:
        response.number("RFC822.SIZE", message.size);
        break;
      case Kind::mod_seq:
        response.mod_seq(static_cast<uint64_t>(message.modseq));
        break;
      case Kind::email_id:
        response.item("EMAILID");
        text += "(E" + std::to_string(message.content.value) + ")";
        break;
      case Kind::thread_id:
        response.item("THREADID");
        text += "NIL";
        break;
      case Kind::preview:
        response.item("PREVIEW");
        text += "NIL";
        break;
      case Kind::envelope:
        response.item("ENVELOPE");
        text += open.letter.envelope;
        break;
      case Kind::body:
      case Kind::body_structure: {
        bool extensible = item.kind == Kind::body_structure;
        response.item(extensible ? "BODYSTRUCTURE" : "BODY");
        text += wire::mime::body_structure_wire(*open.structure, extensible);
        break;
      }
      case Kind::binary_size: {
        auto size = co_await binary_size(open, item.section.part);
        response.number(fetch_label(item), size.value_or(0));
        break;
      }
      case Kind::section:
      case Kind::rfc822:
      case Kind::rfc822_header:
      case Kind::rfc822_text:
      case Kind::binary: {
        auto octets = co_await find_octets(open, item);
        if (!octets) {
          response.item(fetch_label(item));
          text += "NIL";
          break;
        }
        response.literal_header(fetch_label(item), octets->size, item.kind == Kind::binary);
        co_await send_octets(session_, open, std::move(*octets), text);
        break;
      }
    }
  }

  Session& session_;
  Plan plan_;
  std::vector<Numbered> batch_;
  uint64_t batch_size_ = 0;
  UidSet seen_now_;
  bool lost_some_ = false;
};

UidSet unseen(Session& session, const std::vector<IndexRange>& ranges,
              std::optional<int64_t> changed_since) {
  UidSet uids;
  const View& view = session.selected().view();
  for (const IndexRange& range : ranges)
    for (size_t i = range.begin; i < range.end; ++i) {
      const Message& message = session.selected().latest(view.at(i));
      if (changed_since && message.modseq <= *changed_since) continue;
      if ((message.flags & model::mailbox::seen) == 0) uids.append(message.uid);
    }
  return uids;
}

}  // namespace

ReplyTask handle(Session& session, const Fetch& command) {
  Selected& selected = session.selected();
  auto ranges = selected.find(command.set, command.uid);
  Plan plan = make_plan(command);
  bool mod_seq = std::ranges::any_of(
      plan.items, [](const FetchItem& item) { return item.kind == Kind::mod_seq; });
  if (mod_seq) session.enable_condstore();
  bool sets_seen = plan.sets_seen && !selected.read_only();
  auto changed_since = plan.changed_since;
  Fetcher fetcher(session, std::move(plan));
  if (sets_seen) {
    UidSet uids = unseen(session, ranges, changed_since);
    if (!uids.empty()) {
      Stored stored = co_await session.services().store.change_flags(
          session.account(), selected.id(), selected.live().now, uids, wire::imap::Store::How::add,
          {"\\Seen"}, std::nullopt);
      if (stored.outcome == Outcome::done) {
        session.told_own(own_modseq(stored));
        session.services().views.take(selected.live(), std::move(stored.after));
        fetcher.tell_flags_of(std::move(uids));
      }
    }
  }
  selected.tell_keywords(session.out());
  co_await fetcher.run(ranges);
  // RFC 5530 EXPUNGEISSUED.
  if (fetcher.lost_some()) refuse(Code::expunge_issued, "Some of the messages are gone");
  co_return Reply{"Fetched"};
}

}  // namespace tegu::imapd
