// FETCH (RFC 9051 6.4.5, RFC 3516, 7162, 8474, 8514). Messages are taken in small batches: one
// question to the store for their letters, ahead of the answers.
#include <algorithm>
#include <deque>
#include <memory>
#include <set>

#include "base/error.h"
#include "commands.h"
#include "fetch_batch.h"
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
  std::vector<std::string> labels;  // of the items
  Wanted wanted;
  bool letters = false;      // some item needs the letter
  bool bodies = false;       // ... and octets of its body
  bool binaries = false;     // ... and these decoded
  bool reads_whole = false;  // ... all of it, from the beginning
  bool listing = false;      // no more than digests know
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
    plan.reads_whole |= needs.body && !needs.structure && !item.partial;
    plan.binaries |= item.kind == Kind::binary || item.kind == Kind::binary_size;
    plan.wanted.structure |= needs.structure;
    plan.wanted.header |= needs.header;
    plan.wanted.envelope |= item.kind == Kind::envelope;
  }
  plan.wanted.whole = plan.bodies;
  plan.letters = plan.wanted.any();
  plan.listing = plan.letters && !plan.bodies && !plan.wanted.header && !kinds.contains(Kind::body);
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
  for (const FetchItem& item : plan.items) plan.labels.push_back(fetch_label(item));
  return plan;
}

using OpenPtr = std::unique_ptr<OpenLetter>;

class Fetcher {
 public:
  // The selected view does not move while we answer.
  Fetcher(Session& session, Plan plan, std::vector<IndexRange> ranges)
      : session_(session),
        plan_(std::move(plan)),
        view_(session.selected().view()),
        ranges_(std::move(ranges)),
        loader_(session.services().store, session.account(), session.selected().id(), view_,
                plan_.wanted, plan_.listing) {}

  io::Task<void> run() {
    BatchPtr first = co_await next_batch();
    if (!first) co_return;
    if (!plan_.letters) {
      for (BatchPtr batch = std::move(first); batch; batch = co_await next_batch()) {
        co_await answer_batch(*batch);
        // The view is at hand and the wire may be fast: nothing here has to wait.
        co_await io::yield();
      }
      co_return;
    }
    BatchPtr second = co_await next_batch();
    if (!second && !plan_.bodies) {
      co_await loader_.begin(*first);
      count(*first);
      co_await answer_batch(*first);
      if (first->worth_keeping) co_await loader_.keep_digest(*first);
      co_return;
    }
    io::Scope ahead(session_.services().scope.loop());
    ahead_ = &ahead;
    co_await ahead.enclose(answer_all(ahead, std::move(first), std::move(second)));
  }

  // Messages that begin to be \Seen by this command: their flags are told although not asked for.
  void tell_flags_of(UidSet uids) { seen_now_ = std::move(uids); }
  bool lost_some() const { return lost_some_; }

 private:
  // Batches that are loaded or being loaded, and those of which a digest is being kept: bounds the
  // memory, about half a megabyte each.
  static constexpr size_t most_batches = 4, most_under_way = 6;
  // Letters that are opened at a time when all are read whole.
  static constexpr size_t most_open = 6;
  // Messages passed over without giving way to the other sessions of the loop.
  static constexpr size_t passed_at_once = 4096;

  bool is_spent() const { return session_.services().read_ahead.is_spent(); }
  void count(Batch& batch) const {
    batch.share = ReadAhead::Share(session_.services().read_ahead, batch.octets);
  }

  io::Task<BatchPtr> next_batch() {
    BatchPtr batch;
    size_t most = plan_.letters && !plan_.listing ? 128 : Digest::block;
    uint64_t size = 0, most_octets = (is_spent() ? 64 : 512) * 1024;
    for (; range_ < ranges_.size(); ++range_, index_ = 0) {
      for (index_ = std::max(index_, ranges_[range_].begin); index_ < ranges_[range_].end;) {
        const Message& message = session_.selected().latest(view_.at(index_));
        if (batch && plan_.listing && is_of_next_block(*batch, message)) co_return batch;
        auto sequence = static_cast<uint32_t>(++index_);
        if (plan_.changed_since && message.modseq <= *plan_.changed_since) {
          if (index_ % passed_at_once == 0) co_await io::yield();
          continue;
        }
        if (!batch) batch = std::make_shared<Batch>();
        batch->messages.push_back({sequence, message});
        // Large letters do not come with their batch. The others are counted before they are here:
        // many clients may ask at the same time.
        if (plan_.bodies && message.size <= small_letter) {
          size += message.size;
          batch->share = ReadAhead::Share(session_.services().read_ahead, size);
        }
        if (batch->messages.size() >= most || size > most_octets) co_return batch;
      }
    }
    co_return batch;
  }

  static bool is_of_next_block(const Batch& batch, const Message& message) {
    return Digest::first_of(batch.messages.front().message.uid) != Digest::first_of(message.uid);
  }

  io::Task<void> load_ahead(BatchPtr batch) {
    auto permit = co_await under_way_.acquire();
    try {
      co_await loader_.begin(*batch);
      count(*batch);
    } catch (const io::Cancelled&) {
      throw;
    } catch (...) {
      batch->error = std::current_exception();
    }
    batch->loaded.set();
    if (!batch->worth_keeping) co_return;
    co_await batch->answered.wait();
    co_await loader_.keep_digest(*batch);
  }

  io::Task<void> answer_all(io::Scope& ahead, BatchPtr first, BatchPtr second) {
    std::deque<BatchPtr> batches;
    auto begin = [&](BatchPtr batch) {
      ahead.spawn(load_ahead(batch));
      batches.push_back(std::move(batch));
    };
    begin(std::move(first));
    if (second) begin(std::move(second));
    while (true) {
      if (batches.size() < (is_spent() ? 1 : most_batches)) {
        if (BatchPtr next = co_await next_batch()) begin(std::move(next));
      }
      if (batches.empty()) break;
      BatchPtr batch = batches.front();
      co_await batch->loaded.wait();
      if (batch->error) std::rethrow_exception(batch->error);
      co_await answer_batch(*batch);
      batch->answered.set();
      batches.pop_front();
    }
    co_await ahead.join();
  }

  io::Task<void> answer_batch(Batch& batch) {
    std::deque<OpenPtr> open;  // from the next letter on; null where there is none
    for (size_t i = 0; i < batch.messages.size(); ++i) {
      if (plan_.letters && i == batch.ready) {
        co_await loader_.go_on(batch);
        count(batch);
      }
      OpenPtr letter;
      if (plan_.letters && !plan_.listing) letter = take_letter(batch, i, open);
      bool known = !plan_.letters || (plan_.listing ? batch.listed[i].uid != 0 : !!letter);
      if (!known) {
        // Expunged so long ago that its letter was swept.
        lost_some_ = true;
        continue;
      }
      const Numbered& entry = batch.messages[i];
      if (!plan_.letters || plan_.listing) {
        static const Digest::Texts none;
        answer_listed(entry, plan_.listing ? batch.listed[i] : none);
      } else {
        co_await answer_letter(entry, *letter);
      }
      if (session_.line().is_full()) co_await session_.line().flush();
    }
  }

  // Cannot fail.
  void answer_listed(const Numbered& entry, const Digest::Texts& texts) {
    std::string& out = session_.out();
    FetchResponse response(out, entry.sequence);
    for (const FetchItem& item : plan_.items) {
      if (item.kind == Kind::envelope) {
        response.item("ENVELOPE");
        out += texts.envelope;
      } else if (item.kind == Kind::body_structure) {
        response.item("BODYSTRUCTURE");
        out += texts.structure;
      } else {
        answer_fact(entry.message, item.kind, response, out);
      }
    }
    end(entry, response);
  }

  io::Task<void> answer_letter(const Numbered& entry, OpenLetter& open) {
    if (plan_.wanted.structure) {
      open.structure = wire::mime::decode_structure(open.letter.structure);
      if (!open.structure) throw base::Error("stored structure is damaged");
    }
    if (!plan_.bodies || (open.letter.whole && !plan_.binaries))
      answer_here(entry, open);
    else
      co_await answer_in_pieces(entry, open);
  }

  OpenPtr open_letter(const Batch& batch, size_t i) const {
    const Letter& letter = *batch.letters[i];
    Services& services = session_.services();
    LetterBytes bytes(services.store, services.read_ahead, batch.messages[i].message.content,
                      letter, letter.whole, ahead_);
    return std::make_unique<OpenLetter>(letter, std::move(bytes), std::nullopt);
  }

  // The letter at place i. When letters are read whole those behind it are opened too: the client
  // shall not wait for the beginning of the next letter while the wire is free.
  OpenPtr take_letter(const Batch& batch, size_t i, std::deque<OpenPtr>& open) const {
    size_t most = plan_.reads_whole ? most_open : 1;
    while (open.size() < most && i + open.size() < batch.ready) {
      size_t place = i + open.size();
      OpenPtr letter = batch.letters[place] ? open_letter(batch, place) : nullptr;
      auto before = std::find_if(open.rbegin(), open.rend(), [](auto& other) { return !!other; });
      if (letter && before != open.rend()) (*before)->bytes.follow_with(letter->bytes);
      open.push_back(std::move(letter));
    }
    OpenPtr letter = std::move(open.front());
    open.pop_front();
    return letter;
  }

  // All that is needed is in memory.
  void answer_here(const Numbered& entry, const OpenLetter& open) {
    std::string& out = session_.out();
    size_t before = out.size();
    try {
      FetchResponse response(out, entry.sequence);
      for (size_t i = 0; i < plan_.items.size(); ++i) {
        const FetchItem& item = plan_.items[i];
        if (!is_octets(item.kind)) {
          answer_item(entry, open, item, response, out);
          continue;
        }
        std::string made;
        if (auto octets = octets_here(open, item, made)) {
          response.literal_header(plan_.labels[i], octets->size());
          out += *octets;
        } else {
          response.item(plan_.labels[i]);
          out += "NIL";
        }
      }
      end(entry, response);
    } catch (const base::Error&) {
      out.resize(before);
      throw;
    }
  }

  io::Task<void> answer_in_pieces(const Numbered& entry, OpenLetter& open) {
    size_t sent = session_.line().sent();
    std::string text;
    bool broken = false;
    try {
      FetchResponse response(text, entry.sequence);
      for (size_t i = 0; i < plan_.items.size(); ++i) {
        const FetchItem& item = plan_.items[i];
        if (item.kind == Kind::binary_size) {
          auto size = co_await binary_size(open, item.section.part);
          response.number(plan_.labels[i], size.value_or(0));
        } else if (!is_octets(item.kind)) {
          answer_item(entry, open, item, response, text);
        } else {
          std::string made;
          auto octets = co_await find_octets(open, item, made);
          if (!octets) {
            response.item(plan_.labels[i]);
            text += "NIL";
            continue;
          }
          response.literal_header(plan_.labels[i], octets->size, item.kind == Kind::binary);
          co_await send_octets(session_, open, *octets, text);
        }
      }
      end(entry, response);
    } catch (const io::ConnectionLost&) {
      throw;
    } catch (const base::Error&) {
      if (session_.line().sent() == sent) throw;
      broken = true;
    }
    // The client waits for octets that will not come; nothing that we could say is understood.
    if (broken) throw io::ConnectionLost("the store failed in the middle of a literal");
    session_.out() += text;
  }

  void end(const Numbered& entry, FetchResponse& response) {
    if (!plan_.flags && seen_now_.contains(entry.message.uid))
      response.flags(session_.selected().flags_text(entry.message.flags));
    response.end();
  }

  // Everything but octets.
  void answer_item(const Numbered& entry, const OpenLetter& open, const FetchItem& item,
                   FetchResponse& response, std::string& text) {
    switch (item.kind) {
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
      default:
        answer_fact(entry.message, item.kind, response, text);
    }
  }

  // What the view knows.
  void answer_fact(const Message& message, Kind kind, FetchResponse& response, std::string& text) {
    switch (kind) {
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
      default:
        bug("FETCH: an item that the view does not know");
    }
  }

  Session& session_;
  Plan plan_;
  const View view_;
  std::vector<IndexRange> ranges_;
  size_t range_ = 0, index_ = 0;  // the next message
  const BatchLoader loader_;
  io::Semaphore under_way_{most_under_way};
  io::Scope* ahead_ = nullptr;  // of run()
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
  UidSet uids;
  if (sets_seen) uids = unseen(session, ranges, changed_since);
  Fetcher fetcher(session, std::move(plan), std::move(ranges));
  if (sets_seen) {
    if (!uids.empty()) {
      Stored stored = co_await session.services().store.change_flags(
          session.account(), selected.id(), selected.live().now, uids, wire::imap::Store::How::add,
          {"\\Seen"}, std::nullopt);
      if (stored.outcome == Outcome::done) {
        session.told_own(stored.modseq);
        session.services().views.take(selected.live(), std::move(stored.after));
        fetcher.tell_flags_of(std::move(uids));
      }
    }
  }
  selected.tell_keywords(session.out());
  co_await fetcher.run();
  // RFC 5530 EXPUNGEISSUED.
  if (fetcher.lost_some()) refuse(Code::expunge_issued, "Some of the messages are gone");
  co_return Reply{"Fetched"};
}

}  // namespace tegu::imapd
