// Transaction: one letter from MAIL to its final reply (RFC 5321 3.3). Everything that is decided
// about the letter lives here and goes away with it, so that no verdict outlives its letter.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/handle.h"
#include "header_scan.h"
#include "policy.h"
#include "spool.h"
#include "trace_headers.h"
#include "wire/smtp/command.h"
#include "wire/smtp/data.h"

namespace tegu::smtpd {

class Transaction {
 public:
  // Takes a new id. `spool_folder` must outlive the Transaction, as must the policy.
  Transaction(const Policy& policy, const std::string& spool_folder,
              wire::smtp::MailArguments mail);

  wire::smtp::Envelope& envelope() { return envelope_; }
  const wire::smtp::Envelope& envelope() const { return envelope_; }
  // False when this address is among the recipients already.
  bool add(wire::smtp::Recipient recipient);
  // How many RCPT were answered 250: LMTP owes as many final replies (RFC 2033 4.2).
  size_t accepted() const { return accepted_; }

  // The letter's first octets: `trace` goes in front. With `complete`, a missing Date or Message-ID
  // is added where the header ends.
  void begin(const Hop& hop, bool complete);
  bool begun() const { return begun_; }
  // The next octets of the letter. Never throws: what goes wrong is told by refusal().
  void write(std::string_view bytes);
  // CR or LF stood alone.
  void refuse_line_ends();
  // Why the letter cannot be taken; the rest of it need not be written any more.
  const std::optional<wire::smtp::Reply>& refusal() const { return refusal_; }

  // Octets as the client sent them.
  uint64_t received() const { return received_; }
  // Octets with what was added. After the last write.
  uint64_t size() const { return spool_ ? spool_->size() : 0; }
  const std::string& message_id() const { return scan_.message_id(); }
  // The complete letter; nothing when that failed, refusal() says why.
  Spool::Letter finish();

  // BDAT: chunks so far.
  size_t chunks = 0;

 private:
  void append(std::string_view bytes);
  void fail(const base::Error& error);
  std::string missing_fields() const;

  const Policy& policy_;
  const std::string& spool_folder_;
  uint64_t expected_;
  wire::smtp::Envelope envelope_;
  size_t accepted_ = 0;
  bool begun_ = false;
  bool complete_ = false;
  bool completed_ = false;
  uint64_t received_ = 0;
  HeaderScan scan_;
  std::unique_ptr<Spool> spool_;
  std::optional<wire::smtp::Reply> refusal_;
};

}  // namespace tegu::smtpd
