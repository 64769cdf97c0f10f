// What a session needs of the mail store, as one interface: ModelStore translates it to lib/model,
// and tests give an in-memory one. Every call may throw base::Error: the store cannot be asked now.
// Every call on mailboxes names the account that logged in; none reaches another one's rows.
// Letters are asked for by ids that came from such rows.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/ids.h"
#include "base/time.h"
#include "io/task.h"
#include "model/mailbox/digest.h"
#include "model/mailbox/flags.h"
#include "model/mailbox/head.h"
#include "model/mailbox/uid_set.h"
#include "model/mailbox/view.h"
#include "wire/imap/command.h"

namespace tegu::imapd {

using base::AccountId;
using base::ContentId;
using base::MailboxId;
using model::mailbox::Digest;
using model::mailbox::DigestDraft;
using model::mailbox::Flags;
using model::mailbox::Front;
using model::mailbox::Head;
using model::mailbox::Keywords;
using model::mailbox::UidSet;
using model::mailbox::View;
using Message = model::mailbox::Message;

struct Contents {
  View view;
  Keywords keywords;
};

struct Quota {
  uint64_t used = 0;  // octets
  uint64_t messages = 0;
  std::optional<uint64_t> limit;  // octets
};

// Where messages are to be added, and how much room there is.
struct Target {
  Head head;
  Quota quota;  // of the account
};

// One message of an APPEND: `size` octets, either `bytes`, borrowed for the length of the call, or
// from `offset` of the file.
struct Incoming {
  uint64_t size = 0;
  std::string_view bytes;
  std::shared_ptr<const base::Fd> file;
  uint64_t offset = 0;
  std::vector<std::string> flags;
  base::WallTime date;
};

enum class Outcome {
  done,
  no_mailbox,  // the (source or target) mailbox is gone
  already_exists,
  has_children,
  over_quota,
  too_many_keywords,
  too_many,  // mailboxes of an account, UIDs of a mailbox
  bad_name,
  use_taken,  // another mailbox has the special use
};

// What a change made of the mailbox that it was asked for; nothing when it was another one's.
using After = std::optional<Contents>;

struct Added {
  Outcome outcome = Outcome::done;
  uint32_t uidvalidity = 0;
  UidSet from{};  // COPY and MOVE: the messages that were still there
  UidSet to{};    // as many, in the same order
  After after{};  // MOVE: the source
};

struct Stored {
  Outcome outcome = Outcome::done;
  int64_t modseq = 0;  // of this change; 0: none was written, or it is not known
  UidSet changed{};
  UidSet refused{};  // by unchanged_since
  After after{};
};

struct Expunged {
  Outcome outcome = Outcome::done;
  After after{};
};

// Parts of a letter that are kept ready.
struct Wanted {
  bool header = false;
  bool envelope = false;
  bool structure = false;
  bool whole = false;  // letters of at most small_letter octets; the caller bounds their sum
  bool any() const { return header || envelope || structure || whole; }
};
constexpr uint64_t small_letter = 64 * 1024;
struct Letter {
  uint64_t size = 0;
  uint64_t header_size = 0;
  std::string header;
  std::string envelope;   // IMAP's, for the wire
  std::string structure;  // wire/mime/packed.h
  // Perhaps not although it was wanted: then it is read in pieces.
  std::optional<std::string> whole;
};

class Store {
 public:
  virtual ~Store() = default;

  // ---- mailboxes of an account; names are canonical UTF-8
  virtual io::Task<std::vector<Head>> mailboxes(AccountId account) = 0;  // by name
  virtual io::Task<std::optional<Head>> find(AccountId account, std::string name) = 0;
  virtual io::Task<std::optional<Front>> find_front(AccountId account, std::string name) = 0;
  // Also makes the parents that are missing.
  virtual io::Task<Outcome> create(AccountId account, std::string name,
                                   std::string special_use) = 0;
  // With children: only its messages would go, so has_children.
  virtual io::Task<Outcome> remove(AccountId account, MailboxId mailbox) = 0;
  // With everything below it; missing parents of the new name are made. INBOX: its messages move to
  // a new mailbox (RFC 9051 6.3.6).
  virtual io::Task<Outcome> rename(AccountId account, std::string from, std::string to) = 0;
  virtual io::Task<Outcome> subscribe(AccountId account, std::string name, bool on) = 0;
  virtual io::Task<Quota> quota(AccountId account) = 0;
  virtual io::Task<std::optional<Target>> find_target(AccountId account, std::string name) = 0;

  // ---- one mailbox
  // Nothing when it is gone.
  virtual io::Task<std::optional<Contents>> open(AccountId account, MailboxId mailbox) = 0;
  // The mailbox as it was when this head was read, some moments ago. `known`: its keywords, as
  // far as the caller has them.
  virtual io::Task<std::optional<Contents>> open_at(Head head, Keywords known) = 0;
  // The same as it is now; cheap when nothing happened.
  virtual io::Task<std::optional<Contents>> refresh(AccountId account, MailboxId mailbox,
                                                    Contents known) = 0;
  virtual io::Task<Added> append(AccountId account, MailboxId mailbox,
                                 std::vector<Incoming> messages) = 0;
  // UIDs that are gone by now are left out.
  virtual io::Task<Stored> change_flags(AccountId account, MailboxId mailbox, Contents known,
                                        UidSet uids, wire::imap::Store::How how,
                                        std::vector<std::string> flags,
                                        std::optional<int64_t> unchanged_since) = 0;
  // What has \Deleted, all or among `only`.
  virtual io::Task<Expunged> expunge(AccountId account, MailboxId mailbox, Contents known,
                                     std::optional<UidSet> only) = 0;
  virtual io::Task<Added> copy(AccountId account, MailboxId from, Contents known, UidSet uids,
                               MailboxId to, bool move) = 0;

  // ---- letters
  // In the order of ids; nothing for a letter that is no more.
  virtual io::Task<std::vector<std::optional<Letter>>> letters(std::vector<ContentId> ids,
                                                               Wanted wanted) = 0;
  // The digest of the block that begins with this UID; nothing when there is none, or it is
  // damaged.
  virtual io::Task<std::optional<Digest>> digest(AccountId account, MailboxId mailbox,
                                                 uint32_t first, Digest::Wanted wanted) = 0;
  // Keeps a digest of a full block for the next who wants it; failing to is no error.
  virtual io::Task<void> keep_digest(AccountId account, MailboxId mailbox, DigestDraft draft) = 0;
  // Octets [offset, offset + count) of the whole letter, fewer only at its end. `header_size`: of
  // the letter. Throws base::Error when the letter is no more.
  virtual io::Task<std::string> read(ContentId id, uint32_t header_size, uint64_t offset,
                                     uint64_t count) = 0;
};

}  // namespace tegu::imapd
