// The Store over lib/model: the database of the service.
#pragma once
#include "digest_cache.h"
#include "gathering.h"
#include "io/workers.h"
#include "model/content/ids.h"
#include "model/content/reader.h"
#include "model/mailbox/store.h"
#include "net/pg/client.h"
#include "store.h"
#include "world.h"

namespace tegu::imapd {

// One session's APPEND, and where it went; nothing when the mailbox is gone.
struct AppendEntry {
  std::vector<model::mailbox::NewMessage> messages;
  std::vector<model::content::Prepared> letters;
  std::optional<model::mailbox::Appended> appended = {};
};

// One session's STORE, computed from `view`, and what became of it; `view` is then the mailbox
// after it. Nothing when the mailbox is gone.
struct StoreEntry {
  View view;
  model::mailbox::FlagChange change;
  std::optional<model::mailbox::FlagsStored> stored = {};
};

// Changes that share transactions; of all loops.
struct Gatherings {
  Gathering<AppendEntry> appends;
  Gathering<StoreEntry> stores;
};

class ModelStore : public Store {
 public:
  // Borrowed; all outlive it. The world is asked for settings; gatherings and digests are those of
  // all loops; `scope` awaits writes that are on their way.
  ModelStore(net::pg::Client& database, io::Workers& workers, const World& world,
             Gatherings& gatherings, DigestCache& digests, io::Scope& scope);

  io::Task<std::vector<Head>> mailboxes(AccountId account) override;
  io::Task<std::optional<Head>> find(AccountId account, std::string name) override;
  io::Task<std::optional<Front>> find_front(AccountId account, std::string name) override;
  io::Task<Outcome> create(AccountId account, std::string name, std::string use) override;
  io::Task<Outcome> remove(AccountId account, MailboxId mailbox) override;
  io::Task<Outcome> rename(AccountId account, std::string from, std::string to) override;
  io::Task<Outcome> subscribe(AccountId account, std::string name, bool on) override;
  io::Task<Quota> quota(AccountId account) override;
  io::Task<std::optional<Target>> find_target(AccountId account, std::string name) override;
  io::Task<std::optional<Contents>> open(AccountId account, MailboxId mailbox) override;
  io::Task<std::optional<Contents>> open_at(Head head, Keywords known) override;
  io::Task<std::optional<Contents>> refresh(AccountId account, MailboxId mailbox,
                                            Contents known) override;
  io::Task<Added> append(AccountId account, MailboxId mailbox,
                         std::vector<Incoming> messages) override;
  io::Task<Stored> change_flags(AccountId account, MailboxId mailbox, Contents known, UidSet uids,
                                wire::imap::Store::How how, std::vector<std::string> flags,
                                std::optional<int64_t> unchanged_since) override;
  io::Task<Expunged> expunge(AccountId account, MailboxId mailbox, Contents known,
                             std::optional<UidSet> only) override;
  io::Task<Added> copy(AccountId account, MailboxId from, Contents known, UidSet uids, MailboxId to,
                       bool move) override;
  io::Task<std::vector<std::optional<Letter>>> letters(std::vector<ContentId> ids,
                                                       Wanted wanted) override;
  io::Task<std::optional<Digest>> digest(AccountId account, MailboxId mailbox, uint32_t first,
                                         Digest::Wanted wanted) override;
  io::Task<void> keep_digest(AccountId account, MailboxId mailbox, DigestDraft draft) override;
  io::Task<std::string> read(ContentId id, uint32_t header_size, uint64_t offset,
                             uint64_t count) override;

 private:
  using Key = model::mailbox::Key;
  Quota quota_of(const model::mailbox::Usage& usage) const;
  // The bits of these flags; makes keywords that are new. Nothing when there is no room for them.
  io::Task<std::optional<Flags>> flag_bits(Key key, const std::vector<std::string>& names,
                                           Keywords& keywords);
  io::Task<Contents> with_keywords(Key key, View view, const Contents& known);
  size_t digest_cache_limit() const;
  io::Task<Outcome> move_inbox(AccountId account, std::string to);
  using Share = model::content::Packers::Share;
  io::Task<model::content::Prepared> prepare(const Incoming& letter, ContentId id,
                                             std::shared_ptr<Share> share);
  using AppendEntries = std::vector<AppendEntry*>;
  io::Task<void> write_appends(Key key, AppendEntries entries);  // all or none
  io::Task<void> write_append_batch(Key key, Gathering<AppendEntry>::Batch& batch);
  io::Task<void> write_stores(Key key, Gathering<StoreEntry>::Batch& batch, View& newest);

  net::pg::Client& database_;
  io::Workers& workers_;
  model::content::Packers packers_;
  const World& world_;
  Gatherings& gatherings_;
  DigestCache& digests_;
  io::Scope& scope_;
  model::content::IdSource ids_;
  model::mailbox::Store mailboxes_;
  model::content::Reader letters_;
};

}  // namespace tegu::imapd
