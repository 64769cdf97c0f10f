// SEARCH and UID SEARCH (RFC 9051 6.4.4, 3501 6.4.4, 4731, 5032, 5182, 7162 3.1.5).
#include <algorithm>

#include "base/error.h"
#include "commands.h"
#include "letter_bytes.h"
#include "search_match.h"
#include "wire/mime/packed.h"
#include "wire/mime/text.h"

namespace tegu::imapd {

using namespace wire::imap;
namespace mime = wire::mime;

namespace {

constexpr mime::Limits whole_text{.text_bytes = SIZE_MAX};

class Searcher {
 public:
  Searcher(Session& session, const SearchKey& key)
      : session_(session), matcher_(key, session.selected(), base::wall_now()) {}

  struct Hit {
    uint32_t sequence;
    uint32_t uid;
    int64_t modseq;
  };

  io::Task<std::vector<Hit>> run() {
    const View view = session_.selected().view();
    for (size_t i = 0; i < view.size(); ++i) {
      Matcher::Candidate candidate{.index = i, .message = session_.selected().latest(view.at(i))};
      Verdict verdict = matcher_.judge(candidate);
      if (verdict == Verdict::yes) hits_.push_back(hit(candidate));
      if (verdict == Verdict::unknown) {
        doubtful_.push_back(std::move(candidate));
        doubtful_size_ += std::min<uint64_t>(doubtful_.back().message.size, small_letter);
        if (doubtful_.size() >= 64 || doubtful_size_ > 1 << 20) co_await look_into();
      }
      if (i % 4096 == 4095) co_await io::yield();
    }
    co_await look_into();
    std::ranges::sort(hits_, {}, &Hit::sequence);
    co_return std::move(hits_);
  }

  bool uses_mod_seq() const { return matcher_.uses_mod_seq(); }

 private:
  static Hit hit(const Matcher::Candidate& candidate) {
    return {static_cast<uint32_t>(candidate.index + 1), candidate.message.uid,
            candidate.message.modseq};
  }

  io::Task<void> look_into() {
    std::vector<Matcher::Candidate> batch = std::move(doubtful_);
    doubtful_.clear();
    doubtful_size_ = 0;
    if (batch.empty()) co_return;
    std::vector<ContentId> ids;
    for (const auto& candidate : batch) ids.push_back(candidate.message.content);
    auto letters = co_await session_.services().store.letters(
        std::move(ids), {.header = matcher_.wants_header(), .structure = matcher_.wants_texts()});
    std::vector<std::optional<std::string>> bodies(batch.size());
    std::vector<WantedLetter> wanted;
    for (size_t i = 0; i < batch.size(); ++i) {
      if (letters[i] && matcher_.wants_header()) batch[i].header = &letters[i]->header;
      bool doubtful = letters[i] && matcher_.judge(batch[i]) == Verdict::unknown;
      wanted.push_back({batch[i].message.content, doubtful ? letters[i]->size : UINT64_MAX});
    }
    if (matcher_.wants_texts())
      bodies = co_await read_small(session_.services().store, std::move(wanted));
    for (size_t i = 0; i < batch.size(); ++i) {
      // A letter that was swept matches nothing.
      if (!letters[i]) continue;
      Verdict verdict = matcher_.judge(batch[i]);
      if (verdict == Verdict::unknown) {
        Services& services = session_.services();
        LetterBytes bytes(services.store, services.read_ahead, batch[i].message.content,
                          *letters[i], bodies[i], nullptr);
        co_await show_texts(batch[i], *letters[i], bytes);
        verdict = matcher_.judge(batch[i]);
        co_await io::yield();
      }
      if (verdict == Verdict::yes) hits_.push_back(hit(batch[i]));
      letters[i].reset();
    }
    co_await io::yield();
  }

  io::Task<void> show_texts(Matcher::Candidate& candidate, const Letter& letter,
                            LetterBytes& bytes) {
    auto structure = mime::decode_structure(letter.structure);
    if (!structure) throw base::Error("stored structure is damaged");
    for (size_t i = 0; i < structure->parts.size(); ++i) {
      const mime::Part& part = structure->parts[i];
      // The header of an embedded message is text of the message around it.
      bool embedded = part.parent != mime::no_part &&
                      structure->parts[part.parent].kind == mime::PartKind::message;
      if (embedded) {
        std::string header = co_await bytes.read(part.header, whole_text.header_bytes);
        matcher_.show_text(candidate, mime::header_text(header, whole_text));
      }
      if (auto text = mime::TextWindows::make(part, matcher_.longest_text()))
        co_await show_windows(candidate, *text, part.body, bytes);
      if (matcher_.judge(candidate) != Verdict::unknown) co_return;
    }
    candidate.has_texts = true;
  }

  // RFC 9051 6.4.4: a part is searched to its end, however long it is.
  io::Task<void> show_windows(Matcher::Candidate& candidate, mime::TextWindows& text,
                              mime::Range body, LetterBytes& bytes) {
    while (body.size > 0) {
      std::string_view piece = co_await bytes.next(body);
      body.begin += piece.size();
      body.size -= piece.size();
      if (auto window = text.feed(piece)) {
        matcher_.show_text(candidate, *window);
        if (matcher_.judge(candidate) != Verdict::unknown) co_return;
        co_await io::yield();
      }
    }
    matcher_.show_text(candidate, text.finish());
  }

  Session& session_;
  Matcher matcher_;
  std::vector<Matcher::Candidate> doubtful_;
  uint64_t doubtful_size_ = 0;
  std::vector<Hit> hits_;
};

using Hits = std::vector<Searcher::Hit>;

void write_search(Session& session, const Search& command, const Hits& hits, bool mod_seq) {
  std::string& out = session.out();
  out += "* SEARCH";
  int64_t highest = 0;
  for (const auto& hit : hits) {
    out += ' ';
    out += std::to_string(command.uid ? hit.uid : hit.sequence);
    highest = std::max(highest, hit.modseq);
  }
  // RFC 7162 3.1.5.
  if (mod_seq && !hits.empty()) out += " (MODSEQ " + std::to_string(highest) + ")";
  out += "\r\n";
}

void write_result(Session& session, const Search& command, const SearchReturn& wanted,
                  const Hits& hits, bool mod_seq) {
  EsearchResult result;
  auto number = [&](const Searcher::Hit& hit) { return command.uid ? hit.uid : hit.sequence; };
  if (wanted.count) result.count = hits.size();
  if (!hits.empty()) {
    if (wanted.min) result.min = number(hits.front());
    if (wanted.max) result.max = number(hits.back());
    if (wanted.all) {
      result.all.emplace();
      for (const auto& hit : hits) result.all->add(number(hit));
    }
    if (mod_seq) {
      // RFC 7162 3.1.10: of what is returned; with MIN or MAX alone, of that message.
      int64_t highest = 0;
      bool ends_only = !wanted.all && !wanted.count;
      if (!ends_only)
        for (const auto& hit : hits) highest = std::max(highest, hit.modseq);
      if (ends_only && wanted.min) highest = std::max(highest, hits.front().modseq);
      if (ends_only && wanted.max) highest = std::max(highest, hits.back().modseq);
      result.mod_seq = static_cast<uint64_t>(highest);
    }
  }
  write_esearch(session.out(), session.tag(), command.uid, result);
}

// RFC 5182 2.1: with MIN or MAX and neither ALL nor COUNT only those are saved.
UidSet saved_result(const SearchReturn& wanted, const Hits& hits) {
  std::vector<uint32_t> uids;
  if (hits.empty()) return {};
  bool ends_only = (wanted.min || wanted.max) && !wanted.all && !wanted.count;
  if (ends_only) {
    if (wanted.min) uids.push_back(hits.front().uid);
    if (wanted.max) uids.push_back(hits.back().uid);
    return UidSet(std::move(uids));
  }
  uids.reserve(hits.size());
  for (const auto& hit : hits) uids.push_back(hit.uid);
  return UidSet(std::move(uids));
}

}  // namespace

ReplyTask handle(Session& session, const Search& command) {
  Selected& selected = session.selected();
  Searcher searcher(session, command.key);
  if (searcher.uses_mod_seq()) session.enable_condstore();
  bool save = command.result && command.result->save;
  // RFC 5182 2.1: a SEARCH that fails leaves an empty result.
  if (save) selected.save({});
  Hits hits = co_await searcher.run();
  if (save) selected.save(saved_result(*command.result, hits));
  bool mod_seq = searcher.uses_mod_seq();
  if (command.result) {
    const SearchReturn& wanted = *command.result;
    // SAVE alone says nothing.
    if (wanted.min || wanted.max || wanted.all || wanted.count)
      write_result(session, command, wanted, hits, mod_seq);
  } else if (session.enabled().rev2) {
    // RFC 9051 6.4.4: the answer is always ESEARCH.
    write_result(session, command, {.all = true}, hits, mod_seq);
  } else {
    write_search(session, command, hits, mod_seq);
  }
  co_return Reply{"Searched"};
}

}  // namespace tegu::imapd
