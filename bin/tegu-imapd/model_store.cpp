#include "model_store.h"

#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"

namespace tegu::imapd {

namespace mailbox = model::mailbox;

namespace {

Outcome outcome_of(mailbox::Refusal refusal) {
  switch (refusal) {
    case mailbox::Refusal::exists:
      return Outcome::already_exists;
    case mailbox::Refusal::missing:
      return Outcome::no_mailbox;
    case mailbox::Refusal::bad_name:
      return Outcome::bad_name;
    case mailbox::Refusal::too_many:
      return Outcome::too_many;
    case mailbox::Refusal::use_taken:
      return Outcome::use_taken;
  }
  return Outcome::bad_name;
}

}  // namespace

ModelStore::ModelStore(net::pg::Client& database, io::Workers& workers, const World& world,
                       Gatherings& gatherings, DigestCache& digests, io::Scope& scope)
    : database_(database),
      workers_(workers),
      packers_(workers, database.exclusive_connections()),
      world_(world),
      gatherings_(gatherings),
      digests_(digests),
      scope_(scope),
      ids_(database),
      mailboxes_(database, ids_,
                 {.mailboxes = static_cast<size_t>(world.settings().number("imap.mailbox_limit")),
                  .checkpoint_changes =
                      static_cast<size_t>(world.settings().number("mailbox.checkpoint_changes"))}),
      letters_(database, &workers) {}

// ---- mailboxes of an account

io::Task<std::vector<Head>> ModelStore::mailboxes(AccountId account) {
  return mailboxes_.list(account);
}

io::Task<std::optional<Head>> ModelStore::find(AccountId account, std::string name) {
  auto normal = mailbox::normal_name(name);
  // A name that cannot be made names nothing.
  if (!normal) co_return std::nullopt;
  co_return co_await mailboxes_.find(account, std::move(*normal));
}

io::Task<std::optional<Front>> ModelStore::find_front(AccountId account, std::string name) {
  auto normal = mailbox::normal_name(name);
  if (!normal) co_return std::nullopt;
  co_return co_await mailboxes_.find_front(account, std::move(*normal));
}

io::Task<Outcome> ModelStore::create(AccountId account, std::string name, std::string use) {
  auto head = co_await mailboxes_.create(account, std::move(name), std::move(use));
  co_return head ? Outcome::done : outcome_of(head.error());
}

io::Task<Outcome> ModelStore::remove(AccountId account, MailboxId id) {
  auto head = co_await mailboxes_.head({account, id});
  if (!head) co_return Outcome::no_mailbox;
  auto all = co_await mailboxes_.list(account);
  bool has_children = std::ranges::any_of(
      all, [&](const Head& other) { return other.name.starts_with(head->name + "/"); });
  if (has_children) co_return Outcome::has_children;
  co_return co_await mailboxes_.remove(head->key) ? Outcome::done : Outcome::no_mailbox;
}

io::Task<Outcome> ModelStore::rename(AccountId account, std::string from, std::string to) {
  if (from == "INBOX") co_return co_await move_inbox(account, std::move(to));
  auto refusal = co_await mailboxes_.rename(account, std::move(from), std::move(to));
  co_return refusal ? outcome_of(*refusal) : Outcome::done;
}

// RFC 9051 6.3.6: the messages of INBOX go to the new mailbox, INBOX stays and is empty.
io::Task<Outcome> ModelStore::move_inbox(AccountId account, std::string to) {
  auto inbox = co_await mailboxes_.find(account, "INBOX");
  if (!inbox) co_return Outcome::no_mailbox;
  auto target = co_await mailboxes_.create(account, std::move(to));
  if (!target) co_return outcome_of(target.error());
  auto view = co_await mailboxes_.open(inbox->key);
  if (!view) co_return Outcome::no_mailbox;
  UidSet all;
  if (view->uidnext() > 1) all.append({1, view->uidnext() - 1});
  auto moved = co_await mailboxes_.move(inbox->key, *view, all, target->key.mailbox);
  co_return moved ? Outcome::done : Outcome::no_mailbox;
}

io::Task<Outcome> ModelStore::subscribe(AccountId account, std::string name, bool on) {
  auto head = co_await find(account, std::move(name));
  if (!head) co_return Outcome::no_mailbox;
  co_return co_await mailboxes_.subscribe(head->key, on) ? Outcome::done : Outcome::no_mailbox;
}

Quota ModelStore::quota_of(const mailbox::Usage& usage) const {
  auto limit = static_cast<uint64_t>(world_.settings().number("mailbox.quota"));
  return {.used = usage.bytes, .messages = usage.messages, .limit = usage.quota.value_or(limit)};
}

io::Task<Quota> ModelStore::quota(AccountId account) {
  co_return quota_of(co_await mailboxes_.usage(account));
}

io::Task<std::optional<Target>> ModelStore::find_target(AccountId account, std::string name) {
  auto normal = mailbox::normal_name(name);
  if (!normal) co_return std::nullopt;
  auto target = co_await mailboxes_.find_target(account, std::move(*normal));
  if (!target) co_return std::nullopt;
  Quota quota = quota_of(target->usage);
  co_return Target{std::move(target->head), quota};
}

// ---- one mailbox

io::Task<std::optional<Contents>> ModelStore::open(AccountId account, MailboxId id) {
  Key key{account, id};
  auto view = co_await mailboxes_.open(key);
  if (!view) co_return std::nullopt;
  co_return Contents{std::move(*view), co_await mailboxes_.keywords(key)};
}

io::Task<std::optional<Contents>> ModelStore::open_at(Head head, Keywords known) {
  Key key = head.key;
  auto view = co_await mailboxes_.open_at(std::move(head));
  if (!view) co_return std::nullopt;
  co_return co_await with_keywords(key, std::move(*view), Contents{View(), std::move(known)});
}

io::Task<std::optional<Contents>> ModelStore::refresh(AccountId account, MailboxId id,
                                                      Contents known) {
  Key key{account, id};
  auto view = co_await mailboxes_.refresh(key, known.view);
  if (!view) co_return std::nullopt;
  co_return co_await with_keywords(key, std::move(*view), known);
}

io::Task<Contents> ModelStore::with_keywords(Key key, View view, const Contents& known) {
  Keywords keywords = known.keywords;
  if ((view.flags() & mailbox::keyword_flags & ~keywords.known()) != 0)
    keywords = co_await mailboxes_.keywords(key);
  co_return Contents{std::move(view), std::move(keywords)};
}

io::Task<Expunged> ModelStore::expunge(AccountId account, MailboxId id, Contents known,
                                       std::optional<UidSet> only) {
  Key key{account, id};
  base::failpoint("imapd.expunge.before");
  auto expunged = co_await mailboxes_.expunge(key, known.view, std::move(only));
  base::failpoint("imapd.expunge.after");
  if (!expunged) co_return Expunged{.outcome = Outcome::no_mailbox};
  co_return Expunged{.after = co_await with_keywords(key, std::move(expunged->view), known)};
}

io::Task<Added> ModelStore::copy(AccountId account, MailboxId from, Contents known, UidSet uids,
                                 MailboxId to, bool move) {
  Key key{account, from};
  if (!move) {
    base::failpoint("imapd.copy.before");
    auto copied = co_await mailboxes_.copy(key, known.view, std::move(uids), to);
    base::failpoint("imapd.copy.after");
    if (!copied) co_return Added{.outcome = Outcome::no_mailbox};
    co_return Added{.uidvalidity = copied->uidvalidity,
                    .from = std::move(copied->source),
                    .to = std::move(copied->target)};
  }
  base::failpoint("imapd.move.before");
  auto moved = co_await mailboxes_.move(key, known.view, std::move(uids), to);
  base::failpoint("imapd.move.after");
  if (!moved) co_return Added{.outcome = Outcome::no_mailbox};
  Contents after = co_await with_keywords(key, std::move(moved->view), known);
  co_return Added{.uidvalidity = moved->copied.uidvalidity,
                  .from = std::move(moved->copied.source),
                  .to = std::move(moved->copied.target),
                  .after = std::move(after)};
}

// ---- letters

io::Task<std::vector<std::optional<Letter>>> ModelStore::letters(std::vector<ContentId> ids,
                                                                 Wanted wanted) {
  auto listings =
      co_await letters_.listings(std::move(ids), {.header = wanted.header,
                                                  .envelope = wanted.envelope,
                                                  .structure = wanted.structure,
                                                  .whole_up_to = wanted.whole ? small_letter : 0});
  std::vector<std::optional<Letter>> letters;
  letters.reserve(listings.size());
  for (auto& listing : listings) {
    letters.emplace_back();
    if (!listing) continue;
    letters.back() = Letter{.size = listing->size,
                            .header_size = listing->header_size,
                            .header = std::move(listing->header),
                            .envelope = std::move(listing->envelope),
                            .structure = std::move(listing->structure),
                            .whole = std::move(listing->whole)};
  }
  co_return letters;
}

io::Task<std::optional<Digest>> ModelStore::digest(AccountId account, MailboxId id, uint32_t first,
                                                   Digest::Wanted wanted) {
  DigestCache::Key place{account.value, id.value, first};
  PackedDigest packed = digests_.find(place);
  bool is_new = !packed;
  if (is_new) {
    auto stored = co_await mailbox::read_digest(database_, {account, id}, first);
    if (!stored) co_return std::nullopt;
    packed = std::make_shared<const std::string>(std::move(*stored));
  }
  auto digest = Digest::unpack(*packed, first, wanted);
  if (!digest) {
    base::log::error("imap.digest_damaged",
                     {{"account", account.value}, {"mailbox", id.value}, {"first_uid", first}});
    digests_.drop(place);
  } else if (is_new) {
    digests_.put(place, std::move(packed), digest_cache_limit());
  }
  co_return digest;
}

io::Task<void> ModelStore::keep_digest(AccountId account, MailboxId id, DigestDraft draft) {
  uint32_t first = draft.first();
  try {
    auto pack = [&draft] { return draft.pack(); };
    std::string packed = co_await workers_.run(pack);
    co_await mailbox::write_digest(database_, {account, id}, first, packed);
    digests_.put({account.value, id.value, first},
                 std::make_shared<const std::string>(std::move(packed)), digest_cache_limit());
  } catch (const base::Error& error) {
    base::log::warn("imap.digest_not_kept", {{"mailbox", id.value}, {"error", error.what()}});
  }
}

size_t ModelStore::digest_cache_limit() const {
  return static_cast<size_t>(world_.settings().number("imap.digest_cache"));
}

io::Task<std::string> ModelStore::read(ContentId id, uint32_t header_size, uint64_t offset,
                                       uint64_t count) {
  auto bytes = offset < header_size
                   ? co_await letters_.range(id, offset, count)
                   : co_await letters_.body_range(id, header_size, offset - header_size, count);
  if (!bytes) throw base::Error("a letter is no more");
  co_return std::move(*bytes);
}

}  // namespace tegu::imapd
