#include "notices.h"

#include <algorithm>

#include "base/ids.h"
#include "intake.h"

namespace tegu::queue {
namespace {

using wire::dsn::Action;

enum class Kind { failure, delay, success };

Kind kind_of(Action action) {
  if (action == Action::failed) return Kind::failure;
  return action == Action::delayed ? Kind::delay : Kind::success;
}

wire::smtp::Envelope report_envelope(const LetterFacts& letter, const std::string& text) {
  wire::smtp::Envelope envelope;
  envelope.id = base::random_name(16);
  envelope.body = body_type(text);
  envelope.smtputf8 = letter.smtputf8 && envelope.body != wire::smtp::BodyType::seven_bit;
  envelope.recipients = {
      {.address = letter.sender, .notify = {}, .original = {}, .deliveries = {}}};
  return envelope;
}

}  // namespace

bool is_wanted(const Notice& notice, const wire::smtp::Address& sender) {
  if (sender.is_null() || notice.notify.never) return false;
  switch (kind_of(notice.status.action)) {
    case Kind::failure:
      return notice.notify.wants_failure();
    case Kind::delay:
      return notice.notify.wants_delay();
    case Kind::success:
      return notice.notify.wants_success();
  }
  return false;
}

bool returns_whole(const LetterFacts& letter, const std::vector<Notice>& notices,
                   const ReportPolicy& policy) {
  return std::ranges::any_of(notices, [&](const Notice& notice) {
    return is_wanted(notice, letter.sender) &&
           wire::dsn::returns_body(letter.ret, notice.status.action, letter.size,
                                   policy.return_limit);
  });
}

std::vector<ReportLetter> write_reports(const LetterFacts& letter, std::vector<Notice> notices,
                                        const wire::dsn::Returned& stored,
                                        const ReportPolicy& policy, base::WallTime now) {
  std::vector<ReportLetter> letters;
  std::erase_if(notices, [&](const Notice& notice) { return !is_wanted(notice, letter.sender); });
  for (Kind kind : {Kind::failure, Kind::delay, Kind::success}) {
    wire::dsn::Report report{.reporting_mta = policy.host_name,
                             .name = base::random_name(20),
                             .date = now,
                             .arrival = letter.arrival,
                             .recipient = letter.sender,
                             .envid = letter.envid,
                             .letter = letter.name,
                             .international = letter.smtputf8,
                             .recipients = {}};
    for (const Notice& notice : notices) {
      if (kind_of(notice.status.action) == kind) report.recipients.push_back(notice.status);
    }
    if (report.recipients.empty()) continue;
    wire::dsn::Returned returned{.header = stored.header, .body = {}};
    // The line at the top is ours, not the sender's.
    returned.header.remove_prefix(return_path_length(returned.header));
    if (wire::dsn::returns_body(letter.ret, report.recipients.front().action, letter.size,
                                policy.return_limit)) {
      returned.body = stored.body;
    }
    std::string text = wire::dsn::compose(report, returned);
    wire::smtp::Envelope envelope = report_envelope(letter, text);
    letters.push_back({std::move(envelope), std::move(text)});
  }
  return letters;
}

}  // namespace tegu::queue
