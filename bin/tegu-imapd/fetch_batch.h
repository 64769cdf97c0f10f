// Messages of a FETCH that are answered together, and what is read of their letters: from their
// digest when the command lists many, else from the letters themselves.
#pragma once
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "io/sync.h"
#include "read_ahead.h"
#include "store.h"

namespace tegu::imapd {

struct Numbered {
  uint32_t sequence;
  Message message;
};

struct Batch {
  std::vector<Numbered> messages;
  // Messages before this one are ready to be answered.
  size_t ready = 0;
  // Of each message; nothing when the letter is no more, or when `listed` has what is wanted.
  std::vector<std::optional<Letter>> letters;
  // Of a listing: the wanted texts of each message, uid 0 when the letter is no more. `structure`
  // is BODYSTRUCTURE. Views into the digest, the letters or `structures`.
  std::vector<Digest::Texts> listed;
  size_t octets = 0;  // that all these hold
  ReadAhead::Share share;
  // All that is alive of a full block that had no digest: keep_digest() it.
  bool worth_keeping = false;

  std::exception_ptr error;
  io::Event loaded;    // ready messages, or error
  io::Event answered;  // all of them

 private:
  friend class BatchLoader;
  std::optional<Digest> digest_;
  DigestDraft draft_;
  std::vector<std::string> structures_;
  std::vector<size_t> missing_;  // places of the messages whose letters must be read
  size_t next_missing_ = 0;
  size_t read_ = 0;  // octets of the letters that are ready
};
using BatchPtr = std::shared_ptr<Batch>;  // owners: who loads it and who answers from it

// Where the messages of a command come from, and what is wanted of them. Copied freely.
class BatchLoader {
 public:
  // Borrowed: all but `wanted`. `view` is the session's. `listing`: no more than envelope and
  // structure are wanted, and a batch is of one block.
  BatchLoader(Store& store, AccountId account, MailboxId mailbox, const View& view, Wanted wanted,
              bool listing)
      : store_(store),
        account_(account),
        mailbox_(mailbox),
        view_(view),
        wanted_(wanted),
        listing_(listing) {}

  // At least some messages are ready then: letters are read while they fit into a few megabytes.
  io::Task<void> begin(Batch& batch) const;
  // Drops those that were ready, all answered, for the next.
  io::Task<void> go_on(Batch& batch) const;
  // Of a batch that is worth_keeping and answered.
  io::Task<void> keep_digest(Batch& batch) const;

 private:
  io::Task<void> take_digest(Batch& batch) const;
  io::Task<size_t> read_some(Batch& batch, size_t count) const;
  void list(Batch& batch, size_t place) const;

  Store& store_;
  AccountId account_;
  MailboxId mailbox_;
  const View& view_;
  Wanted wanted_;
  bool listing_;
};

}  // namespace tegu::imapd
