// One account with mailboxes in a database of its own, for the tests of Store.
#pragma once
#include "model/mailbox/store.h"
#include "support/model.h"

namespace tegu::test {

inline const net::pg::Statement add_test_account{
    "test.add_account",
    "WITH d AS (INSERT INTO domain (name) VALUES ('d' || $1 || '.example') RETURNING id) "
    "INSERT INTO account (domain_id, local_part) SELECT id, 'a' FROM d RETURNING id"};

// One STORE alone.
struct StoredOne : model::mailbox::FlagsStored {
  model::mailbox::View view;
};
inline io::Task<std::optional<StoredOne>> store_one(model::mailbox::Store& store,
                                                    model::mailbox::Key key,
                                                    model::mailbox::View view,
                                                    model::mailbox::FlagChange change) {
  std::vector<model::mailbox::FlagChange> changes{std::move(change)};
  auto all = co_await store.store_flags(key, view, std::move(changes));
  if (!all) co_return std::nullopt;
  co_return StoredOne{all->changes.at(0), all->view};
}

// The store works with the rights of tegu-imapd.
struct StoreFixture : ModelDatabase {
  net::pg::Client imapd{loop, as("tegu_imapd")};
  model::content::IdSource ids{imapd};
  model::mailbox::Store store{imapd, ids};
  base::AccountId account = add_account(1);
  model::mailbox::Key inbox = make("INBOX");

  base::AccountId add_account(int number) {
    net::pg::Params params;
    params.text(std::to_string(number));
    return base::AccountId{sql(add_test_account, std::move(params)).one().int8(0)};
  }
  model::mailbox::Key make(const std::string& name) {
    return wait(store.create(account, name)).value().key;
  }
  template <class T>
  T wait(io::Task<T> task) {
    return loop.run_until_done(std::move(task));
  }
  // `count` messages of 100 octets without content.
  model::mailbox::Appended add(model::mailbox::Key key, size_t count,
                               model::mailbox::Flags flags = 0) {
    return wait(store.append(key, messages(count, flags), {})).value();
  }
  std::vector<model::mailbox::NewMessage> messages(size_t count, model::mailbox::Flags flags = 0) {
    std::vector<model::mailbox::NewMessage> messages;
    for (size_t i = 0; i < count; i++) {
      messages.push_back({base::ContentId{next_content++}, 100, flags,
                          base::WallTime(std::chrono::seconds(1700000000 + i))});
    }
    return messages;
  }
  std::optional<StoredOne> store_flags(model::mailbox::Key key, model::mailbox::View view,
                                       model::mailbox::UidSet uids,
                                       model::mailbox::LogEntry::Kind kind,
                                       model::mailbox::Flags flags,
                                       std::optional<int64_t> unchanged_since = {}) {
    return wait(store_one(store, key, view, {std::move(uids), kind, flags, unchanged_since}));
  }
  model::mailbox::View open(model::mailbox::Key key) { return wait(store.open(key)).value(); }

  int64_t next_content = 1'000'000'000;
};

inline model::mailbox::UidSet uids(std::string_view text) {
  return model::mailbox::UidSet::parse(text).value();
}

}  // namespace tegu::test
