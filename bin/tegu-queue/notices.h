// Which reports a letter's sender gets, as letters ready to be accepted. RFC 3461 5 and 6,
// RFC 5321 4.5.5: reports have the null reverse-path, and there is never one about them.
#pragma once
#include <string>
#include <vector>

#include "base/time.h"
#include "wire/dsn/report.h"
#include "wire/smtp/envelope.h"

namespace tegu::queue {

// What a report says about its letter.
struct LetterFacts {
  std::string name;  // in all logs
  wire::smtp::Address sender;
  wire::smtp::Ret ret = wire::smtp::Ret::unset;
  std::string envid;
  bool smtputf8 = false;
  uint64_t size = 0;
  base::WallTime arrival;
};

struct Notice {
  wire::dsn::RecipientStatus status;
  wire::smtp::Notify notify;
};

// The sender asked for it, or did not forbid the usual.
bool is_wanted(const Notice& notice, const wire::smtp::Address& sender);

struct ReportLetter {
  wire::smtp::Envelope envelope;  // one recipient, without deliveries
  std::string text;
};

struct ReportPolicy {
  std::string host_name;
  uint64_t return_limit = 50 << 10;  // octets of a letter that goes back whole
};

// The wanted ones of `notices`: one report for failures, one for delays, one for successes. The
// stored letter's header and, when a failure may return it, its body.
std::vector<ReportLetter> write_reports(const LetterFacts& letter, std::vector<Notice> notices,
                                        const wire::dsn::Returned& stored,
                                        const ReportPolicy& policy, base::WallTime now);

// A report of these notices gives back the whole letter.
bool returns_whole(const LetterFacts& letter, const std::vector<Notice>& notices,
                   const ReportPolicy& policy);

}  // namespace tegu::queue
