// Accounts with mailboxes and a queue in a database of its own.
#pragma once
#include "model/mailbox/store.h"
#include "model/queue/store.h"
#include "support/model.h"

namespace tegu::test {

using namespace std::chrono_literals;

inline const net::pg::Statement queue_account{
    "test.queue_account",
    "WITH d AS (INSERT INTO domain (name) VALUES ('q' || $1 || '.example') RETURNING id), "
    "a AS (INSERT INTO account (domain_id, local_part) SELECT id, 'a' FROM d RETURNING id) "
    "INSERT INTO mailbox (account_id, name) SELECT id, 'INBOX' FROM a RETURNING account_id, id"};

// Everything works with the rights of tegu-queue.
struct QueueFixture : ModelDatabase {
  net::pg::Client daemon{loop, as("tegu_queue")};
  model::content::IdSource ids{daemon};
  model::mailbox::Store mailboxes{daemon, ids};
  model::queue::Store queue{daemon, ids, "here", 60s};

  template <class T>
  T wait(io::Task<T> task) {
    return loop.run_until_done(std::move(task));
  }
  // An account's INBOX.
  model::mailbox::Key add_account() {
    net::pg::Params params;
    params.text(std::to_string(++accounts_));
    auto rows = sql(queue_account, std::move(params));
    return {base::AccountId{rows.one().int8(0)}, base::MailboxId{rows.one().int8(1)}};
  }
  model::content::Prepared letter(size_t size = 100) {
    return model::content::prepare("Subject: test\r\n\r\n" + std::string(size, 'x') + "\r\n",
                                   wait(ids.next_content()));
  }
  static model::queue::Placement place(const model::content::Prepared& letter,
                                       std::vector<model::mailbox::Key> into = {}) {
    model::queue::Placement placement;
    placement.letter = &letter;
    placement.content = letter.id;
    placement.size = letter.size;
    for (auto key : into) {
      placement.mailboxes.push_back({key.account, key.mailbox, 0, base::wall_now()});
    }
    return placement;
  }
  void add_item(model::queue::Placement& placement, std::vector<std::string> addresses) {
    model::queue::Item item;
    item.id.value = wait(ids.next());
    item.content = placement.content;
    item.log_id = "log" + std::to_string(item.id.value);
    item.sender = {"sender", "example.org"};
    item.size = placement.size;
    item.created_at = base::wall_now();
    item.expires_at = item.created_at + 24h;
    for (const std::string& address : addresses) {
      model::queue::Recipient recipient;
      recipient.seq = static_cast<int32_t>(placement.recipients.size());
      recipient.address = wire::smtp::parse_mailbox(address, true).value();
      recipient.next_try_at = item.created_at - 1s;
      placement.recipients.push_back(recipient);
    }
    placement.item = std::move(item);
  }
  std::vector<model::queue::Delivered> commit(model::queue::Placement placement) {
    model::queue::Change change;
    change.placements.push_back(std::move(placement));
    return wait(queue.commit(std::move(change)));
  }
  // A letter with one item in the queue; its content.
  base::ContentId enqueue(std::vector<std::string> addresses) {
    auto content = letter();
    auto placement = place(content);
    add_item(placement, std::move(addresses));
    commit(std::move(placement));
    return content.id;
  }
  int64_t count(const net::pg::Statement& statement) { return sql(statement).one().int8(0); }

 private:
  int accounts_ = 0;
};

}  // namespace tegu::test
