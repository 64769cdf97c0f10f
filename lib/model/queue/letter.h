// What the queue keeps of a letter on its way, as values: the tables queue_item and queue_rcpt.
// Who may change what is in man tegu-queue(7).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/content/prepare.h"
#include "model/mailbox/head.h"
#include "wire/smtp/envelope.h"

namespace tegu::model::queue {

struct Item {
  base::QueueItemId id;
  base::ContentId content;
  std::string log_id;  // the letter's name in all logs
  wire::smtp::Address sender;
  uint64_t size = 0;  // octets of the stored letter
  wire::smtp::Ret ret = wire::smtp::Ret::unset;
  std::string envid;
  wire::smtp::BodyType body = wire::smtp::BodyType::eight_bit_mime;
  bool smtputf8 = false;
  std::string login;
  base::WallTime created_at;
  base::WallTime expires_at;
};

struct RecipientKey {
  base::QueueItemId item;
  int32_t seq = 0;
  auto operator<=>(const RecipientKey&) const = default;
};

enum class State { ready, held };

struct Recipient {
  int32_t seq = 0;  // within its item
  wire::smtp::Address address;
  std::string next_hop;  // the router's text
  wire::smtp::Notify notify;
  std::optional<wire::smtp::OriginalRecipient> original;
  State state = State::ready;
  base::WallTime next_try_at;
  // Written by the queue alone:
  int attempts = 0;
  std::optional<base::WallTime> last_try_at;
  std::string last_reply;
  bool delay_told = false;
  std::string leased_by;  // node; empty: nobody
};

struct MailboxDelivery {
  base::AccountId account;
  base::MailboxId mailbox;  // 0: the account's INBOX
  uint64_t flags = 0;       // model/mailbox/flags.h
  base::WallTime internal_date;
};

// A letter to be put into mailboxes and into the queue.
struct Placement {
  const content::Prepared* letter = nullptr;  // borrowed; null: `content` is stored already
  base::ContentId content;
  uint64_t size = 0;
  std::vector<MailboxDelivery> mailboxes;
  std::optional<Item> item;
  std::vector<Recipient> recipients;  // of the item; each with its seq
};

struct Deferral {
  RecipientKey key;
  base::WallTime next_try_at;
  std::string reply;
  bool delay_told = false;              // once true it stays
  std::optional<std::string> next_hop;  // a new one
};

// What becomes true together, or not at all.
struct Change {
  std::vector<Placement> placements;
  std::vector<RecipientKey> done;  // leave the queue; must be leased by this node
  std::vector<Deferral> deferred;  // these leases end; what is not leased any more is left alone
};

// Where a mailbox delivery came to stand, in the order of the placements and their mailboxes.
struct Delivered {
  mailbox::Key key;
  uint32_t uid = 0;
  int64_t modseq = 0;
};

// Recipients of one item that this node may work on until its lease ends.
struct Lease {
  Item item;
  std::vector<Recipient> recipients;
};

}  // namespace tegu::model::queue
