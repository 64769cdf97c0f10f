#include "transaction.h"

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/ids.h"
#include "base/log.h"

namespace tegu::smtpd {

using wire::smtp::Reply;

Transaction::Transaction(const Policy& policy, const std::string& spool_folder,
                         wire::smtp::MailArguments mail)
    : policy_(policy), spool_folder_(spool_folder), expected_(mail.size.value_or(0)) {
  envelope_.id = base::random_name(16);
  envelope_.reverse_path = std::move(mail.reverse_path);
  envelope_.ret = mail.ret;
  envelope_.envid = std::move(mail.envid);
  envelope_.smtputf8 = mail.smtputf8;
  envelope_.body = mail.body;
}

bool Transaction::add(wire::smtp::Recipient recipient) {
  ++accepted_;
  for (const auto& earlier : envelope_.recipients) {
    if (earlier.address == recipient.address) return false;
  }
  envelope_.recipients.push_back(std::move(recipient));
  return true;
}

void Transaction::begin(const Hop& hop, bool complete) {
  begun_ = true;
  complete_ = complete;
  try {
    spool_ = std::make_unique<Spool>(spool_folder_, policy_.spool_memory, expected_);
    base::failpoint("smtpd.spool.begun");
    spool_->append(received_field(hop, envelope_, policy_.hostname, base::wall_now()));
  } catch (const base::Error& error) {
    fail(error);
  }
}

void Transaction::write(std::string_view bytes) {
  received_ += bytes.size();
  if (refusal_) return;
  if (received_ > policy_.message_size) {
    refusal_ = Reply{552, "5.3.4", "The letter is larger than this server takes"};
    return;
  }
  if (!scan_.ended()) {
    auto blank_line = scan_.feed(bytes);
    if (scan_.received() >= policy_.received_hops) {
      refusal_ = Reply{554, "5.4.6", "Too many hops, this letter goes in a circle"};
      return;
    }
    if (blank_line && complete_) {
      append(bytes.substr(0, *blank_line));
      append(missing_fields());
      completed_ = true;
      bytes.remove_prefix(*blank_line);
    }
  }
  append(bytes);
}

void Transaction::refuse_line_ends() {
  // RFC 5321 2.3.8: CR and LF occur only as CRLF.
  refusal_ = Reply{550, "5.6.0", "Line ends must be CRLF; a bare CR or LF is in the letter"};
}

Spool::Letter Transaction::finish() {
  if (complete_ && !completed_ && !scan_.ended()) append(missing_fields());
  if (refusal_) return {};
  try {
    base::failpoint("smtpd.spool.full");
    return spool_->finish();
  } catch (const base::Error& error) {
    fail(error);
    return {};
  }
}

void Transaction::append(std::string_view bytes) {
  if (refusal_ || bytes.empty()) return;
  try {
    spool_->append(bytes);
  } catch (const base::Error& error) {
    fail(error);
  }
}

void Transaction::fail(const base::Error& error) {
  const auto* system = dynamic_cast<const base::SystemError*>(&error);
  bool full = system != nullptr && (system->number() == ENOSPC || system->number() == EDQUOT);
  base::log::error("smtp.spool_failed", {{"id", envelope_.id}, {"error", error.what()}});
  refusal_ = full ? Reply{452, "4.3.1", "No room for the letter now"}
                  : Reply{451, "4.3.0", "The letter cannot be taken now"};
}

std::string Transaction::missing_fields() const {
  std::string fields;
  base::WallTime now = base::wall_now();
  if (!scan_.has_date()) fields += date_field(now);
  if (!scan_.has_message_id()) fields += message_id_field(policy_.hostname, now);
  return fields;
}

}  // namespace tegu::smtpd
