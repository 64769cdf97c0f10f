// ModelStore: what sessions write most, STORE and APPEND. Those that come together for one mailbox
// share a transaction (gathering.h).
#include <algorithm>

#include "base/failpoint.h"
#include "model_store.h"

namespace tegu::imapd {

namespace mailbox = model::mailbox;

namespace {

// Letters up to this size are parsed and compressed on the loop: handing them over costs more.
constexpr size_t quick_to_prepare = 16 * 1024;

mailbox::LogEntry::Kind kind_of(wire::imap::Store::How how) {
  switch (how) {
    case wire::imap::Store::How::set:
      return mailbox::LogEntry::Kind::set;
    case wire::imap::Store::How::add:
      return mailbox::LogEntry::Kind::add;
    case wire::imap::Store::How::remove:
      return mailbox::LogEntry::Kind::remove;
  }
  return mailbox::LogEntry::Kind::set;
}

}  // namespace

io::Task<std::optional<Flags>> ModelStore::flag_bits(Key key, const std::vector<std::string>& names,
                                                     Keywords& keywords) {
  std::vector<std::string> unknown;
  for (const std::string& name : names)
    if (!mailbox::system_flag(name) && !keywords.find(name)) unknown.push_back(name);
  if (!unknown.empty()) keywords = co_await mailboxes_.add_keywords(key, std::move(unknown));
  Flags bits = 0;
  for (const std::string& name : names) {
    auto flag = mailbox::system_flag(name);
    if (!flag) flag = keywords.find(name);
    if (!flag) co_return std::nullopt;
    bits |= *flag;
  }
  co_return bits;
}

io::Task<model::content::Prepared> ModelStore::prepare(const Incoming& letter, ContentId id,
                                                       std::shared_ptr<Share> share) {
  if (letter.file) {
    auto file = std::make_shared<model::content::LetterFile>(
        packers_, std::move(share), letter.file, letter.offset, letter.size);
    co_return co_await model::content::prepare_file(std::move(file), id);
  }
  auto work = [&, effort = packers_.effort()] {
    return model::content::prepare(letter.bytes, id, {}, effort);
  };
  if (letter.size <= quick_to_prepare) co_return work();
  co_return co_await workers_.run(work);
}

io::Task<Added> ModelStore::append(AccountId account, MailboxId id,
                                   std::vector<Incoming> incoming) {
  Key key{account, id};
  Keywords keywords;
  AppendEntry entry;
  auto share = packers_.share();
  size_t bytes = 0;
  for (const Incoming& letter : incoming) {
    auto flags = co_await flag_bits(key, letter.flags, keywords);
    if (!flags) co_return Added{.outcome = Outcome::too_many_keywords};
    ContentId content = co_await ids_.next_content();
    entry.letters.push_back(co_await prepare(letter, content, share));
    bytes += entry.letters.back().stored_size();
    entry.messages.push_back({content, static_cast<uint32_t>(letter.size), *flags, letter.date});
  }
  auto write = [this, key](auto& batch) { return write_append_batch(key, batch); };
  base::failpoint("imapd.append.before");
  if (std::ranges::any_of(entry.letters, &model::content::Prepared::is_large))
    co_await write_appends(key, {&entry});
  else
    entry = co_await gatherings_.appends.submit(key, std::move(entry), bytes, scope_, write);
  base::failpoint("imapd.append.after");
  if (!entry.appended) co_return Added{.outcome = Outcome::no_mailbox};
  Added added{.uidvalidity = entry.appended->uidvalidity};
  auto count = static_cast<uint32_t>(entry.messages.size());
  added.to.append({entry.appended->first_uid, entry.appended->first_uid + count - 1});
  co_return added;
}

io::Task<void> ModelStore::write_appends(Key key, AppendEntries entries) {
  std::vector<mailbox::NewMessage> messages;
  std::vector<const model::content::Prepared*> letters;
  for (const AppendEntry* entry : entries) {
    messages.insert(messages.end(), entry->messages.begin(), entry->messages.end());
    for (const auto& letter : entry->letters) letters.push_back(&letter);
  }
  auto appended = co_await mailboxes_.append(key, std::move(messages), std::move(letters));
  if (!appended) co_return;
  for (AppendEntry* entry : entries) {
    entry->appended = appended;
    appended->first_uid += static_cast<uint32_t>(entry->messages.size());
  }
}

io::Task<void> ModelStore::write_append_batch(Key key, Gathering<AppendEntry>::Batch& batch) {
  AppendEntries all;
  for (const auto& pending : batch) all.push_back(&pending->entry);
  try {
    co_return co_await write_appends(key, std::move(all));
  } catch (const net::pg::Unavailable&) {
    throw;
  } catch (const net::pg::OutcomeUnknown&) {
    throw;
  } catch (const net::pg::Error&) {
    if (batch.size() == 1) throw;
  }
  // The database refused one of them: the others shall not suffer.
  for (const auto& pending : batch) {
    try {
      co_await write_appends(key, {&pending->entry});
    } catch (const net::pg::Error&) {
      pending->error = std::current_exception();
    }
  }
}

io::Task<Stored> ModelStore::change_flags(AccountId account, MailboxId id, Contents known,
                                          UidSet uids, wire::imap::Store::How how,
                                          std::vector<std::string> flags,
                                          std::optional<int64_t> unchanged_since) {
  Key key{account, id};
  // What a mailbox has no word for cannot be removed: no need to make it.
  if (how == wire::imap::Store::How::remove)
    std::erase_if(flags, [&](const std::string& name) {
      return !mailbox::system_flag(name) && !known.keywords.find(name);
    });
  auto bits = co_await flag_bits(key, flags, known.keywords);
  if (!bits) co_return Stored{.outcome = Outcome::too_many_keywords};
  StoreEntry entry{known.view, {std::move(uids), kind_of(how), *bits, unchanged_since}};
  // What comes next is computed from what the last batch left.
  auto write = [this, key, newest = View()](auto& batch) mutable {
    return write_stores(key, batch, newest);
  };
  base::failpoint("imapd.store.before");
  entry = co_await gatherings_.stores.submit(key, std::move(entry), 0, scope_, write);
  base::failpoint("imapd.store.after");
  if (!entry.stored) co_return Stored{.outcome = Outcome::no_mailbox};
  Contents after = co_await with_keywords(key, std::move(entry.view), known);
  co_return Stored{.modseq = entry.stored->modseq,
                   .changed = std::move(entry.stored->changed),
                   .refused = std::move(entry.stored->conflicts),
                   .after = std::move(after)};
}

io::Task<void> ModelStore::write_stores(Key key, Gathering<StoreEntry>::Batch& batch,
                                        View& newest) {
  std::vector<mailbox::FlagChange> changes;
  for (const auto& pending : batch) {
    const View& view = pending->entry.view;
    if (view.modseq() > newest.modseq()) newest = view;
    changes.push_back(pending->entry.change);
  }
  auto all = co_await mailboxes_.store_flags(key, newest, std::move(changes));
  if (!all) co_return;
  newest = all->view;
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i]->entry.view = all->view;
    batch[i]->entry.stored = std::move(all->changes[i]);
  }
}

}  // namespace tegu::imapd
