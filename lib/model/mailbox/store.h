// Store: mailboxes in the database (DESIGN 7, "The mailbox is a journal"). Reading gives Views;
// every write is one statement that moves the head and appends, so it is one round trip and its
// order is the order of commits. Changes that depend on what the caller saw name the View they were
// computed from; when somebody else's change came between, they are computed again from the newer
// View. RFC 9051, RFC 7162 (CONDSTORE, QRESYNC), RFC 6851 (MOVE), RFC 4315 (UIDPLUS).
//
// A result that is nothing means: the mailbox does not exist (any more). Errors: base::Error and
// the pg errors; pg::OutcomeUnknown only when the outcome could not be looked up either.
// One Store a loop; borrows the client and the ids.
#pragma once
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/content/ids.h"
#include "model/content/prepare.h"
#include "model/mailbox/changed.h"
#include "model/mailbox/head.h"
#include "model/mailbox/view.h"
#include "net/pg/client.h"

namespace tegu::model::mailbox {

// Why a mailbox was not created or renamed. bad_name: the name itself (normal_name says what),
// INBOX or a tree into itself. too_many: Limits::mailboxes.
enum class Refusal { exists, missing, bad_name, too_many, use_taken };

struct NewMessage {
  base::ContentId content;
  uint32_t size = 0;
  Flags flags = 0;  // keyword bits are those of the mailbox it goes to
  base::WallTime internal_date;
};

// The messages have the UIDs first_uid, first_uid + 1 ..., in the order in which they were given.
struct Appended {
  uint32_t uidvalidity = 0;
  uint32_t first_uid = 0;
  int64_t modseq = 0;
};

// COPYUID: source and target have as many UIDs, in the same order.
struct Copied {
  uint32_t uidvalidity = 0;
  UidSet source;
  UidSet target;
};

struct Moved {
  Copied copied;
  View view;  // of the source, after
};

// What a STORE asks for. kind: add, remove or set. unchanged_since: RFC 7162 3.1.3.
struct FlagChange {
  UidSet uids;
  LogEntry::Kind kind = LogEntry::Kind::add;
  Flags flags = 0;
  std::optional<int64_t> unchanged_since = {};
};

struct FlagsStored {
  int64_t modseq = 0;     // of this change; 0: nothing was written, or by an attempt that was lost
  UidSet changed = {};    // have new flags
  UidSet conflicts = {};  // changed since `unchanged_since` by somebody else, and so left alone
};

struct AllStored {
  View view;                         // after; may hold more news than these changes
  std::vector<FlagsStored> changes;  // as they were asked for
};

struct Expunged {
  View view;
  UidSet uids;
};

// What an account holds; whether that is too much is the caller's question.
struct Usage {
  uint64_t bytes = 0;
  uint64_t messages = 0;
  std::optional<uint64_t> quota = {};  // octets, the account's own; nothing: as the setting says
};

// Where something is to be added.
struct Target {
  Head head;
  Usage usage;  // of its account
};

class Store {
 public:
  struct Limits {
    size_t mailboxes = 5000;          // of one account
    size_t checkpoint_changes = 500;  // replayed by open(): more are worth a checkpoint
  };

  Store(net::pg::Client& database, content::IdSource& ids) : Store(database, ids, Limits{}) {}
  Store(net::pg::Client& database, content::IdSource& ids, Limits limits)
      : database_(database), ids_(ids), limits_(limits) {}
  Store(const Store&) = delete;

  // ---- heads (heads.cpp)

  // All of an account, by name.
  io::Task<std::vector<Head>> list(base::AccountId account);
  // `name` as normal_name() gives it.
  io::Task<std::optional<Head>> find(base::AccountId account, std::string name);
  // With its keywords, in one question.
  io::Task<std::optional<Front>> find_front(base::AccountId account, std::string name);
  io::Task<std::optional<Head>> head(Key key);
  io::Task<Usage> usage(base::AccountId account);
  // Both in one question.
  io::Task<std::optional<Target>> find_target(base::AccountId account, std::string name);
  // With the superiors that are missing. special_use: "" or an attribute of RFC 6154; use_taken
  // when another mailbox has it.
  io::Task<std::expected<Head, Refusal>> create(base::AccountId account, std::string name,
                                                std::string special_use = {});
  // With all below it; superiors of the new name are made where missing. INBOX is refused: its
  // messages are moved instead (RFC 9051 6.3.6).
  io::Task<std::optional<Refusal>> rename(base::AccountId account, std::string from,
                                          std::string to);
  // The mailbox and its messages; those below it stay. INBOX is refused. False: nothing to remove.
  io::Task<bool> remove(Key key);
  io::Task<bool> subscribe(Key key, bool subscribed);

  // ---- keywords (keywords.cpp)

  io::Task<Keywords> keywords(Key key);
  // Makes those of `names` that are new, all or none: when the mailbox has too few bits left, the
  // result lacks them (answer [LIMIT]).
  io::Task<Keywords> add_keywords(Key key, std::vector<std::string> names);

  // ---- reading (replay.cpp)

  io::Task<std::optional<View>> open(Key key);
  // As it was when this head was read, some moments ago.
  io::Task<std::optional<View>> open_at(Head head);
  // The View as it is now; the same when nothing happened.
  io::Task<std::optional<View>> refresh(Key key, View view);
  // UIDs expunged after a modseq (QRESYNC's VANISHED); nothing when the log does not reach back so
  // far: then all that the client knows and the View has not are gone.
  io::Task<std::optional<UidSet>> vanished(Key key, int64_t since);
  // The mailbox as it was at a modseq of the past; nothing too when the log does not reach back
  // so far.
  io::Task<std::optional<View>> view_at(Key key, int64_t modseq);
  // Writes the View as a checkpoint, unless there is one as new. open() does so by itself.
  io::Task<void> checkpoint(Key key, View view);

  // ---- writing (append.cpp, change.cpp, move.cpp)

  // `letters`: the contents that are not stored yet, in the same transaction; their ids name the
  // write, so after a lost connection the outcome is looked up or the same is written again, never
  // twice. Borrowed for the length of the call.
  io::Task<std::optional<Appended>> append(Key key, std::vector<NewMessage> messages,
                                           std::vector<const content::Prepared*> letters);
  // Flags and dates go along; keywords by name, as far as the target has room. UIDs that the View
  // has not are left out; with none left nothing is written and the sets are empty.
  io::Task<std::optional<Copied>> copy(Key source, View view, UidSet uids, base::MailboxId target);
  // In one transaction. To the mailbox itself is a bug(): refuse it before.
  io::Task<std::optional<Moved>> move(Key source, View view, UidSet uids, base::MailboxId target);
  // One after the other, in one transaction; each has a modseq and a log row of its own.
  io::Task<std::optional<AllStored>> store_flags(Key key, View view,
                                                 std::vector<FlagChange> changes);
  // Messages that have \Deleted in the View (refresh it before); with `only`, of those.
  io::Task<std::optional<Expunged>> expunge(Key key, View view,
                                            std::optional<UidSet> only = std::nullopt);

  // ---- housekeeping (prune.cpp)

  // Forgets what happened before `before`: log rows, and rows of messages that were expunged then.
  // Gives the number of rows deleted. Readers are not disturbed.
  io::Task<size_t> prune(Key key, base::WallTime before);
  // Mailboxes after `after` with log rows older than `before`: whom to prune. Reads the whole log:
  // for the night.
  io::Task<std::vector<Key>> prunable(base::WallTime before, Key after, size_t limit);
  // Prunes all mailboxes whose log reaches back much longer than `kept`, so that each has its turn
  // a few times in that time. Gives the number of rows deleted.
  io::Task<size_t> prune_all(base::WallTime now, std::chrono::seconds kept);

 private:
  struct Tail;
  struct Change;
  // since: what the caller has, or nothing to begin at the newest checkpoint at or below `until`.
  io::Task<std::optional<Tail>> read_tail(Key key, std::optional<int64_t> since, uint32_t first_uid,
                                          std::optional<int64_t> until = {});
  // uidnext: what it was at `until`, when the caller knows.
  io::Task<std::optional<std::pair<View, Tail>>> replay(Key key, std::optional<int64_t> until,
                                                        uint32_t uidnext);
  io::Task<std::optional<View>> open_replayed(Key key, std::optional<int64_t> until,
                                              uint32_t uidnext);
  io::Task<std::optional<Head>> one_head(const net::pg::Statement& statement,
                                         net::pg::Params params);
  io::Task<std::optional<int64_t>> write_change(Key key, const Change& change, bool& unknown);
  io::Task<std::optional<Appended>> look_up(Key key, std::vector<int64_t> contents,
                                            int64_t write_id);
  struct Looked {
    std::optional<Appended> written;
    bool sure = false;  // the database answered
  };
  io::Task<Looked> look_up_safely(Key key, std::vector<int64_t> contents, int64_t write_id);
  io::Task<std::vector<NewMessage>> copies(Key source, const View& view, const UidSet& uids,
                                           Key target, UidSet& found);
  io::Task<void> tell(Key key, int64_t modseq);

  net::pg::Client& database_;
  content::IdSource& ids_;
  Limits limits_;
};

}  // namespace tegu::model::mailbox
