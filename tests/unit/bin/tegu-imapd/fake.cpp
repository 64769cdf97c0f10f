// Tests' own half of tegu-imapd: see fake.h.
#include "fake.h"

#include <unistd.h>
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "model/setting/catalogue.h"
#include "wire/imap/mailbox_name.h"
#include "wire/mime/envelope.h"
#include "wire/mime/packed.h"

namespace tegu::imapd::fake {

namespace mailbox = model::mailbox;
using model::mailbox::Changes;
using model::mailbox::LogEntry;

// ---------------------------------------------------------------- store

static std::string octets_of(const Incoming& message) {
  if (!message.file) return std::string(message.bytes);
  std::string octets(message.size, '\0');
  ssize_t got = ::pread(message.file->get(), octets.data(), octets.size(),
                        static_cast<off_t>(message.offset));
  if (got != static_cast<ssize_t>(octets.size())) throw base::Error("a spooled message is short");
  return octets;
}

MemoryStore::MemoryStore() {
  for (int64_t account : {1, 2}) {
    add(AccountId{account}, "INBOX", "");
    add(AccountId{account}, "Drafts", "\\Drafts");
    add(AccountId{account}, "Sent", "\\Sent");
  }
}

void MemoryStore::check() const {
  if (broken) throw base::Error("the database is away");
}

Box& MemoryStore::add(AccountId account, const std::string& name, std::string use) {
  auto box = std::make_unique<Box>();
  int64_t id = next_id_++;
  box->head.key = {account, MailboxId{id}};
  box->head.name = name;
  box->head.uidvalidity = static_cast<uint32_t>(1000 + id);
  box->head.special_use = std::move(use);
  box->head.subscribed = true;
  box->view = View(box->head.uidvalidity, 1);
  sync_head(*box);
  return *(accounts_[account.value][name] = std::move(box));
}

Box& MemoryStore::box(AccountId account, const std::string& name) {
  return *accounts_.at(account.value).at(name);
}

Box* MemoryStore::by_id(AccountId account, MailboxId id) {
  for (auto& [name, box] : accounts_[account.value])
    if (box->head.key.mailbox == id) return box.get();
  return nullptr;
}

void MemoryStore::sync_head(Box& box) {
  const auto& counters = box.view.counters();
  box.head.uidnext = box.view.uidnext();
  box.head.modseq = box.view.modseq();
  box.head.total = counters.total;
  box.head.unseen = counters.unseen;
  box.head.deleted = counters.deleted;
  box.head.bytes = counters.bytes;
  box.past.insert_or_assign(box.view.modseq(), box.view);
}

Flags MemoryStore::bits(Box& box, const std::vector<std::string>& flags) {
  Flags mask = 0;
  for (const std::string& name : flags) {
    if (auto flag = mailbox::system_flag(name)) {
      mask |= *flag;
      continue;
    }
    Keywords keywords(box.keywords);
    if (!keywords.find(name)) {
      box.keywords.push_back({*keywords.free_bit(), name});
      keywords = Keywords(box.keywords);
    }
    mask |= *keywords.find(name);
  }
  return mask;
}

uint32_t MemoryStore::put(Box& box, ContentId content, uint64_t size, Flags flags, int64_t date) {
  int64_t modseq = box.view.modseq() + 1;
  uint32_t uid = box.view.uidnext();
  Message message{.uid = uid,
                  .size = static_cast<uint32_t>(size),
                  .flags = flags,
                  .modseq = modseq,
                  .content = content,
                  .internal_date = date,
                  .saved_at = 86400};
  box.view = box.view.apply(
      Changes{.modseq = modseq, .uidnext = uid + 1, .arrivals = {message}, .log = {}});
  sync_head(box);
  return uid;
}

void MemoryStore::deliver(AccountId account, const std::string& name, std::string bytes,
                          Flags flags) {
  int64_t id = next_id_++;
  uint64_t size = bytes.size();
  letters_[id] = std::move(bytes);
  put(box(account, name), ContentId{id}, size, flags, 784111777);
}

void MemoryStore::fill(AccountId account, const std::string& name, size_t count) {
  Box& filled = box(account, name);
  Changes changes{.modseq = filled.view.modseq() + 1,
                  .uidnext = filled.view.uidnext(),
                  .arrivals = {},
                  .log = {}};
  for (size_t i = 0; i < count; ++i)
    changes.arrivals.push_back({.uid = changes.uidnext++,
                                .size = 100,
                                .flags = 0,
                                .modseq = changes.modseq,
                                .content = {},
                                .internal_date = 784111777,
                                .saved_at = 86400});
  filled.view = filled.view.apply(std::move(changes));
  sync_head(filled);
}

void MemoryStore::change(AccountId account, const std::string& name, LogEntry entry) {
  Box& changed = box(account, name);
  entry.modseq = changed.view.modseq() + 1;
  changed.view = changed.view.apply(Changes{.modseq = entry.modseq,
                                            .uidnext = changed.view.uidnext(),
                                            .arrivals = {},
                                            .log = {std::move(entry)}});
  sync_head(changed);
}

io::Task<std::vector<Head>> MemoryStore::mailboxes(AccountId account) {
  check();
  std::vector<Head> heads;
  for (auto& [name, box] : accounts_[account.value]) heads.push_back(box->head);
  co_return heads;
}

io::Task<std::optional<Head>> MemoryStore::find(AccountId account, std::string name) {
  check();
  auto& boxes = accounts_[account.value];
  auto found = boxes.find(name);
  if (found == boxes.end()) co_return std::nullopt;
  co_return found->second->head;
}

io::Task<Outcome> MemoryStore::create(AccountId account, std::string name, std::string use) {
  check();
  if (accounts_[account.value].contains(name)) co_return Outcome::already_exists;
  for (const auto& [other, box] : accounts_[account.value])
    if (!use.empty() && box->head.special_use == use) co_return Outcome::use_taken;
  for (std::string_view above : wire::imap::parents(name))
    if (!accounts_[account.value].contains(std::string(above)))
      add(account, std::string(above), "");
  add(account, name, use);
  co_return Outcome::done;
}

io::Task<Outcome> MemoryStore::remove(AccountId account, MailboxId id) {
  check();
  Box* box = by_id(account, id);
  if (box == nullptr) co_return Outcome::no_mailbox;
  std::string name = box->head.name;
  for (auto& [other, unused] : accounts_[account.value])
    if (other.starts_with(name + "/")) co_return Outcome::has_children;
  accounts_[account.value].erase(name);
  co_return Outcome::done;
}

io::Task<Outcome> MemoryStore::rename(AccountId account, std::string from, std::string to) {
  check();
  Boxes& boxes = accounts_[account.value];
  if (!boxes.contains(from)) co_return Outcome::no_mailbox;
  if (from == "INBOX") co_return Outcome::bad_name;
  if (boxes.contains(to)) co_return Outcome::already_exists;
  Boxes moved;
  for (auto it = boxes.begin(); it != boxes.end();) {
    bool inside = it->first == from || it->first.starts_with(from + "/");
    if (!inside) {
      ++it;
      continue;
    }
    std::string name = to + it->first.substr(from.size());
    it->second->head.name = name;
    moved[name] = std::move(it->second);
    it = boxes.erase(it);
  }
  boxes.merge(moved);
  co_return Outcome::done;
}

io::Task<Outcome> MemoryStore::subscribe(AccountId account, std::string name, bool on) {
  check();
  auto found = accounts_[account.value].find(name);
  if (found == accounts_[account.value].end()) co_return Outcome::no_mailbox;
  found->second->head.subscribed = on;
  co_return Outcome::done;
}

io::Task<Quota> MemoryStore::quota(AccountId account) {
  check();
  Quota quota{.limit = quota_limit};
  for (auto& [name, box] : accounts_[account.value]) {
    quota.used += box->head.bytes;
    quota.messages += box->head.total;
  }
  co_return quota;
}

io::Task<std::optional<Target>> MemoryStore::find_target(AccountId account, std::string name) {
  auto head = co_await find(account, std::move(name));
  if (!head) co_return std::nullopt;
  co_return Target{std::move(*head), co_await quota(account)};
}

io::Task<std::optional<Contents>> MemoryStore::open(AccountId account, MailboxId id) {
  check();
  ++opened;
  Box* box = by_id(account, id);
  if (box == nullptr) co_return std::nullopt;
  co_return contents(*box);
}

io::Task<std::optional<Front>> MemoryStore::find_front(AccountId account, std::string name) {
  auto head = co_await find(account, std::move(name));
  if (!head) co_return std::nullopt;
  Box* box = by_id(account, head->key.mailbox);
  co_return Front{std::move(*head), contents(*box).keywords};
}

io::Task<std::optional<Contents>> MemoryStore::open_at(Head head, Keywords) {
  if (before_open_at) std::exchange(before_open_at, {})();
  auto now = co_await open(head.key.account, head.key.mailbox);
  if (now) now->view = by_id(head.key.account, head.key.mailbox)->past.at(head.modseq);
  co_return now;
}

io::Task<std::optional<Contents>> MemoryStore::refresh(AccountId account, MailboxId id, Contents) {
  return open(account, id);
}

io::Task<Added> MemoryStore::append(AccountId account, MailboxId id,
                                    std::vector<Incoming> messages) {
  check();
  Box* box = by_id(account, id);
  if (box == nullptr) co_return Added{.outcome = Outcome::no_mailbox};
  Added added{.uidvalidity = box->head.uidvalidity};
  for (Incoming& message : messages) {
    int64_t content = next_id_++;
    letters_[content] = octets_of(message);
    auto seconds = std::chrono::floor<std::chrono::seconds>(message.date);
    added.to.append(put(*box, ContentId{content}, message.size, bits(*box, message.flags),
                        seconds.time_since_epoch().count()));
  }
  co_return added;
}

io::Task<Stored> MemoryStore::change_flags(AccountId account, MailboxId id, Contents, UidSet uids,
                                           wire::imap::Store::How how,
                                           std::vector<std::string> flags,
                                           std::optional<int64_t> unchanged_since) {
  check();
  Box* box = by_id(account, id);
  if (box == nullptr) co_return Stored{.outcome = Outcome::no_mailbox};
  Stored stored;
  UidSet change;
  for (size_t i = 0; i < box->view.size(); ++i) {
    const Message& message = box->view.at(i);
    if (!uids.contains(message.uid)) continue;
    if (unchanged_since && message.modseq > *unchanged_since)
      stored.refused.append(message.uid);
    else
      change.append(message.uid);
  }
  stored.after = contents(*box);
  if (change.empty()) co_return stored;
  LogEntry entry{.modseq = box->view.modseq() + 1, .flags = bits(*box, flags), .uids = change};
  entry.kind = how == wire::imap::Store::How::set   ? LogEntry::Kind::set
               : how == wire::imap::Store::How::add ? LogEntry::Kind::add
                                                    : LogEntry::Kind::remove;
  stored.changed = change;
  stored.modseq = entry.modseq;
  box->view = box->view.apply(Changes{
      .modseq = entry.modseq, .uidnext = box->view.uidnext(), .arrivals = {}, .log = {entry}});
  sync_head(*box);
  stored.after = contents(*box);
  co_return stored;
}

Contents MemoryStore::contents(const Box& box) {
  return {box.view, Keywords(box.keywords)};
}

void MemoryStore::expunge(Box& box, UidSet uids) {
  if (uids.empty()) return;
  LogEntry entry{.modseq = box.view.modseq() + 1, .kind = LogEntry::Kind::expunge, .uids = uids};
  box.view = box.view.apply(Changes{
      .modseq = entry.modseq, .uidnext = box.view.uidnext(), .arrivals = {}, .log = {entry}});
  sync_head(box);
}

io::Task<Expunged> MemoryStore::expunge(AccountId account, MailboxId id, Contents,
                                        std::optional<UidSet> only) {
  check();
  Box* box = by_id(account, id);
  if (box == nullptr) co_return Expunged{.outcome = Outcome::no_mailbox};
  UidSet gone;
  for (size_t i = 0; i < box->view.size(); ++i) {
    const Message& message = box->view.at(i);
    if ((message.flags & mailbox::deleted) == 0) continue;
    if (!only || only->contains(message.uid)) gone.append(message.uid);
  }
  expunge(*box, gone);
  co_return Expunged{.after = contents(*box)};
}

io::Task<Added> MemoryStore::copy(AccountId account, MailboxId from, Contents, UidSet uids,
                                  MailboxId to, bool move) {
  check();
  Box* source = by_id(account, from);
  Box* target = by_id(account, to);
  if (source == nullptr || target == nullptr) co_return Added{.outcome = Outcome::no_mailbox};
  Added added{.uidvalidity = target->head.uidvalidity};
  const View before = source->view;
  for (size_t i = 0; i < before.size(); ++i) {
    const Message& message = before.at(i);
    if (!uids.contains(message.uid)) continue;
    Keywords keywords(source->keywords);
    auto names = keywords.names(message.flags);
    std::vector<std::string> flags(names.begin(), names.end());
    Flags system = message.flags & mailbox::system_flags;
    added.from.append(message.uid);
    added.to.append(put(*target, message.content, message.size, system | bits(*target, flags),
                        message.internal_date));
  }
  if (move) {
    expunge(*source, added.from);
    added.after = contents(*source);
  }
  co_return added;
}

io::Task<std::vector<std::optional<Letter>>> MemoryStore::letters(std::vector<ContentId> ids,
                                                                  Wanted wanted) {
  check();
  if (gate != nullptr) co_await gate->wait();
  std::vector<std::optional<Letter>> letters;
  letters_read += ids.size();
  for (ContentId id : ids) {
    auto found = letters_.find(id.value);
    letters.emplace_back();
    if (found == letters_.end()) continue;
    wire::mime::Message parsed = wire::mime::parse(found->second);
    Letter& letter = letters.back().emplace();
    letter.size = found->second.size();
    letter.header_size = parsed.root().header.size;
    std::string header = found->second.substr(0, letter.header_size);
    if (wanted.envelope) letter.envelope = wire::mime::envelope_wire(header);
    if (wanted.structure) letter.structure = wire::mime::encode_structure(parsed);
    if (wanted.header) letter.header = std::move(header);
    if (wanted.whole && gives_whole && letter.size <= small_letter) letter.whole = found->second;
  }
  co_return letters;
}

io::Task<std::optional<Digest>> MemoryStore::digest(AccountId, MailboxId mailbox, uint32_t first,
                                                    Digest::Wanted wanted) {
  check();
  auto found = digests.find({mailbox.value, first});
  if (found == digests.end()) co_return std::nullopt;
  co_return Digest::unpack(found->second, first, wanted);
}

io::Task<void> MemoryStore::keep_digest(AccountId, MailboxId mailbox, DigestDraft draft) {
  digests[{mailbox.value, draft.first()}] = draft.pack();
  co_return;
}

io::Task<std::string> MemoryStore::read(ContentId id, uint32_t, uint64_t offset, uint64_t count) {
  check();
  ++reads;
  if (fail_read_after >= 0 && static_cast<int>(reads) > fail_read_after)
    throw base::Error("the database went away");
  auto found = letters_.find(id.value);
  if (found == letters_.end()) throw base::Error("no such letter");
  co_return found->second.substr(offset, count);
}

// ---------------------------------------------------------------- world

// Tests may set what an administrator may not.
static std::vector<base::Setting> lenient_catalogue() {
  std::vector<base::Setting> settings;
  for (base::Setting setting : model::setting::catalogue()) {
    setting.least = 0;
    settings.push_back(setting);
  }
  return settings;
}

// Parsed once: a session asks for settings often.
static const base::Settings& standard() {
  static const std::vector<base::Setting> catalogue = lenient_catalogue();
  static const base::Settings settings(catalogue);
  return settings;
}

io::Task<std::optional<Principal>> TestWorld::login(LoginAttempt attempt) {
  if (router_broken) throw base::Error("the router is away");
  if (attempt.password != "secret") co_return std::nullopt;
  if (attempt.login == "alice") co_return Principal{AccountId{1}, "alice@example.org"};
  if (attempt.login == "bob") co_return Principal{AccountId{2}, "bob@example.org"};
  co_return std::nullopt;
}

io::Task<std::unique_ptr<io::Stream>> TestWorld::start_tls(std::unique_ptr<io::Stream> plain) {
  co_return std::make_unique<PretendTls>(std::move(plain));
}

base::Settings TestWorld::settings() const {
  if (parsed_ && parsed_changes_ == changes) return *parsed_;
  parsed_changes_ = changes;
  std::vector<std::string> problems;
  std::map<std::string, std::string> all = changes;
  all.emplace("imap.login_failure_delay", "0s");
  all.emplace("smtp.message_size_limit", "1M");
  parsed_ = standard().with(all, problems);
  return *parsed_;
}

// ---------------------------------------------------------------- server and client

namespace {

SessionMetrics make_metrics(base::Registry& registry) {
  auto counter = [&](const std::string& name) { return registry.counter(name, name); };
  return {counter("ok"), counter("no"), counter("bad"), counter("logins"), counter("failed")};
}

io::Task<void> end(io::Scope& scope) {
  co_await scope.close();
}

}  // namespace

Server::Server() : metrics(make_metrics(registry)) {}

Server::~Server() {
  loop.run_until_done(end(scope));
}

std::unique_ptr<io::MemoryStream> Server::connect(bool tls) {
  auto [mine, theirs] = io::memory_pair(loop);
  std::unique_ptr<io::Stream> stream = std::move(mine);
  if (tls) stream = std::make_unique<PretendTls>(std::move(stream));
  Services services{world, store, views, scope, metrics, guests, read_ahead, "/tmp"};
  sessions.push_back(std::make_unique<Session>(services, std::move(stream), "192.0.2.1"));
  return std::move(theirs);
}

Client::Client(Server& server, bool tls) : server_(server), stream_(server.connect(tls)) {
  session_ = server.sessions.back().get();
  server.scope.spawn(session_->run());
}

io::Task<std::string> Client::exchange(std::string bytes) {
  std::string heard;
  size_t written = 0;
  // The server is on the same loop: it has said all when a few turns of the loop brought nothing.
  for (int quiet = 0; quiet < 20 && !ended_;) {
    if (written < bytes.size()) {
      std::string_view piece = std::string_view(bytes).substr(written, 32 * 1024);
      try {
        co_await stream_->write_all(piece, io::never);
      } catch (const io::ConnectionLost&) {
        bytes.resize(written);
        continue;
      }
      written += piece.size();
    }
    co_await io::yield();
    ++quiet;
    while (stream_->unread() > 0) {
      char buffer[4096];
      size_t got = co_await stream_->read_some(buffer, io::never);
      heard.append(buffer, got);
      quiet = 0;
    }
    if (written < bytes.size()) quiet = 0;
  }
  try {
    char byte[1];
    if (!ended_ && co_await stream_->read_some(byte, io::Clock::now()) == 0) ended_ = true;
  } catch (const io::TimedOut&) {
    // Still open, nothing more to say.
    co_return heard;
  }
  co_return heard;
}

std::string Client::send(std::string_view bytes) {
  return server_.loop.run_until_done(exchange(std::string(bytes)));
}

std::string Client::command(std::string_view text) {
  return send("a " + std::string(text) + "\r\n");
}

std::string Client::login(std::string_view user) {
  hear();
  return command("LOGIN " + std::string(user) + " secret");
}

std::string Client::hear() {
  return send("");
}

}  // namespace tegu::imapd::fake
