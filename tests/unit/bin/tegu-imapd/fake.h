// A whole imapd session on one loop without network and database: a Store in memory, a World that
// knows two users, and a client at the other end of a memory stream.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/loop.h"
#include "io/memory.h"
#include "session.h"

namespace tegu::imapd::fake {

struct Box {
  Head head;
  View view{1, 1};
  std::map<int64_t, View> past;  // by modseq
  std::vector<Keywords::Keyword> keywords;
};

class MemoryStore : public imapd::Store {
 public:
  MemoryStore();

  bool broken = false;        // every call throws base::Error
  bool gives_whole = true;    // small letters, where they are asked for
  size_t opened = 0;          // calls of open() and refresh()
  size_t letters_read = 0;    // by letters()
  io::Event* gate = nullptr;  // letters() waits for it
  std::map<std::pair<int64_t, uint32_t>, std::string> digests;  // by mailbox and first UID
  size_t reads = 0;                                             // calls of read()
  int fail_read_after = -1;                                     // read() number that throws

  Box& box(AccountId account, const std::string& name);
  // As if it came by SMTP.
  void deliver(AccountId account, const std::string& name, std::string bytes, Flags flags = 0);
  // So many more, of no letter.
  void fill(AccountId account, const std::string& name, size_t count);
  // As if another node did it.
  void change(AccountId account, const std::string& name, model::mailbox::LogEntry entry);
  std::optional<uint64_t> quota_limit;
  std::function<void()> before_open_at;  // what happens meanwhile

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
  using Boxes = std::map<std::string, std::unique_ptr<Box>>;
  void check() const;
  Box* by_id(AccountId account, MailboxId mailbox);
  Box& add(AccountId account, const std::string& name, std::string use);
  Flags bits(Box& box, const std::vector<std::string>& flags);
  void sync_head(Box& box);
  void expunge(Box& box, UidSet uids);
  static Contents contents(const Box& box);
  uint32_t put(Box& box, ContentId content, uint64_t size, Flags flags, int64_t date);

  std::map<int64_t, Boxes> accounts_;
  std::map<int64_t, std::string> letters_;
  int64_t next_id_ = 1;
};

class TestWorld : public World {
 public:
  bool tls_offered = true;
  bool router_broken = false;
  std::map<std::string, std::string> changes;  // settings
  io::Task<std::optional<Principal>> login(LoginAttempt attempt) override;
  bool offers_tls() const override { return tls_offered; }
  io::Task<std::unique_ptr<io::Stream>> start_tls(std::unique_ptr<io::Stream> plain) override;
  base::Settings settings() const override;

 private:
  // Of the last call.
  mutable std::map<std::string, std::string> parsed_changes_;
  mutable std::optional<base::Settings> parsed_;
};

// A stream that says it is TLS.
class PretendTls : public io::Stream {
 public:
  explicit PretendTls(std::unique_ptr<io::Stream> below) : below_(std::move(below)) {}
  io::Task<size_t> read_some(std::span<char> into, io::Deadline deadline) override {
    return below_->read_some(into, deadline);
  }
  io::Task<void> write_all(std::string_view bytes, io::Deadline deadline) override {
    return below_->write_all(bytes, deadline);
  }
  io::Task<void> close() override { return below_->close(); }
  io::TlsFacts tls() const override {
    io::TlsFacts facts;
    facts.version = "TLSv1.3";
    return facts;
  }

 private:
  std::unique_ptr<io::Stream> below_;
};

// The server side: any number of sessions over one store.
class Server {
 public:
  Server();
  ~Server();
  io::Loop loop;
  MemoryStore store;
  TestWorld world;
  base::Registry registry;
  SessionMetrics metrics;
  Guests guests;
  ReadAhead read_ahead{size_t{1} << 20};
  io::Scope scope{loop};
  ViewCache cache;
  Views views{store, cache, scope};
  std::vector<std::unique_ptr<Session>> sessions;

  // The client's end of a new session.
  std::unique_ptr<io::MemoryStream> connect(bool tls = true);
};

class Client {
 public:
  explicit Client(Server& server, bool tls = true);
  // Bytes as they are; then everything the server says until it has nothing more to say.
  std::string send(std::string_view bytes);
  // One command with the tag "a", and all that comes until its tagged answer.
  std::string command(std::string_view text);
  std::string login(std::string_view user = "alice");
  // What came without being asked.
  std::string hear();
  bool ended() const { return ended_; }
  io::MemoryStream& stream() { return *stream_; }
  Session& session() { return *session_; }

 private:
  io::Task<std::string> exchange(std::string bytes);
  Server& server_;
  std::unique_ptr<io::MemoryStream> stream_;
  Session* session_;
  bool ended_ = false;
};

}  // namespace tegu::imapd::fake
