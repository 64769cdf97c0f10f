// The mailbox that a session has selected, as its client knows it: a View that moves on only by
// what the client was told (EXPUNGE, EXISTS, FETCH), while the LiveMailbox runs ahead.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "views.h"
#include "wire/imap/command.h"
#include "wire/imap/seqset.h"

namespace tegu::imapd {

// Messages [begin, end) of a view, as indices (sequence number - 1).
struct IndexRange {
  size_t begin;
  size_t end;
};

// How the client wants to be told.
struct Telling {
  bool expunges = true;  // RFC 9051 7.5.1: not with FETCH, STORE and SEARCH
  bool uid = false;      // untagged FETCH carries the UID
  bool mod_seq = false;  // CONDSTORE is enabled
  // Messages of this change were told by the command itself, unless someone else changed them
  // later.
  int64_t own_modseq = 0;
};

// Untagged FLAGS and PERMANENTFLAGS (RFC 9051 7.3.5, 7.1).
void write_known_flags(std::string& out, const Keywords& keywords, bool read_only);

class Selected {
 public:
  Selected(std::shared_ptr<LiveMailbox> live, std::string name, bool read_only)
      : Selected(live, live->now, std::move(name), read_only) {}
  // `told`: what the client knows already, no newer than `live`.
  Selected(std::shared_ptr<LiveMailbox> live, const Contents& told, std::string name,
           bool read_only);

  // As it was when it was selected.
  const std::string& name() const { return name_; }

  const View& view() const { return view_; }
  LiveMailbox& live() { return *live_; }
  std::shared_ptr<LiveMailbox> share() const { return live_; }
  const Keywords& keywords() const { return live_->now.keywords; }
  AccountId account() const { return live_->account; }
  MailboxId id() const { return live_->id; }
  bool read_only() const { return read_only_; }
  bool gone() const { return live_->gone; }

  // The messages of the client's view that a set names. Sequence numbers beyond the last throw
  // CommandError (BAD); UIDs that are not there are left out.
  std::vector<IndexRange> find(const wire::imap::SeqSet& set, bool uid) const;
  // The same for sequence numbers inside a SEARCH: those beyond the last match nothing.
  std::vector<IndexRange> find_known(const wire::imap::SeqSet& set) const;
  UidSet uids(const std::vector<IndexRange>& ranges) const;
  // The message as it is now: with flags that the client may not have been told of yet.
  const Message& latest(const Message& message) const;

  std::vector<std::string> flag_names(Flags flags) const;
  // "(\\Seen $Junk)"; made once for each combination that occurs.
  const std::string& flags_text(Flags flags) const;
  // write_known_flags(), when there are keywords the client does not know.
  void tell_keywords(std::string& out);
  void keywords_were_told(const Keywords& keywords) { told_keywords_ = keywords.all().size(); }
  // Appends what happened since the client was last told; moves view() on. When messages were
  // expunged and may not be told of, nothing is, and view() stays.
  void tell(std::string& out, const Telling& telling);
  // One untagged FETCH with the flags, under the client's sequence number.
  void tell_flags(std::string& out, size_t index, const Message& message, bool uid,
                  bool mod_seq) const;

  // RFC 5182.
  void save(UidSet uids) { saved_ = std::move(uids); }

 private:
  std::shared_ptr<LiveMailbox> live_;  // shared with Views and the other sessions of the mailbox
  View view_;
  UidSet saved_;
  size_t told_keywords_ = SIZE_MAX;
  mutable std::unordered_map<Flags, std::string> flags_texts_;  // for so many keywords:
  mutable size_t flags_texts_keywords_ = 0;
  std::string name_;
  bool read_only_;
};

}  // namespace tegu::imapd
