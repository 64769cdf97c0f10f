// What the dispatcher does with a letter and its recipients at one destination.
#include <algorithm>

#include "base/failpoint.h"
#include "base/log.h"
#include "dispatcher.h"
#include "intake.h"
#include "io/wait.h"
#include "net/pg/error.h"

namespace tegu::queue {
namespace {

using net::smtp::Outcome;
using net::smtp::own_outcome;
using wire::peer::RcptStatus;

// A destination that gave no session is left alone for the first pause, at most so long.
constexpr std::chrono::seconds dead_time{30};
constexpr std::chrono::seconds record_limit{240};
// So long does a next hop wait for a final dot; RFC 5321 4.5.3.2.5 gives it three minutes.
constexpr std::chrono::seconds settle_limit{60};

Carried all_are(const Outcome& outcome, size_t count) {
  Carried carried;
  carried.outcomes.assign(count, outcome);
  return carried;
}

// "452 4.5.3 Too many recipients": the rest goes in a further transaction (RFC 5321 4.5.3.1.10).
bool is_too_many(const Outcome& outcome) {
  if (outcome.command != "RCPT TO") return false;
  return outcome.code == 552 || (outcome.code == 452 && outcome.status.ends_with(".5.3"));
}

bool any_accepted(const std::vector<Outcome>& outcomes) {
  return std::ranges::count(outcomes, Outcome::Kind::accepted, &Outcome::kind) > 0;
}

bool into_mailboxes(const Change& change) {
  return std::ranges::any_of(
      change.placements, [](const Placement& placement) { return !placement.mailboxes.empty(); });
}

Outcome refused_by_router(RcptStatus status) {
  switch (status) {
    case RcptStatus::relay_denied:
      return own_outcome("5.7.1", "mail for this domain is not relayed");
    case RcptStatus::over_quota:
      return own_outcome("4.2.2", "the mailbox is full");
    default:
      return own_outcome("5.1.1", "there is no such recipient");
  }
}

}  // namespace

io::Task<void> Dispatcher::relay(Destination& destination, std::optional<Line>& line, Job job) {
  Carried carried = co_await attempt(destination, line, job);
  base::pass_failpoint("queue.relay.replied");
  log_outcomes(job, carried);
  // The session goes on with the next letter while this one is written down.
  auto settled = std::make_shared<io::Event>();
  if (line) line->settled = settled;
  scope_.spawn(conclude(std::move(job), std::move(carried), destination.hop.lmtp, settled));
}

io::Task<void> Dispatcher::conclude(Job job, Carried carried, bool lmtp,
                                    std::shared_ptr<io::Event> settled) {
  co_await finish(job, std::move(carried), lmtp);
  settled->set();
}

// A letter that the next hop has taken and that is not written down goes out once more when this
// node dies. There is never more than one of them a session.
io::Task<bool> Dispatcher::may_finish(const Line& line) {
  auto settled = line.settled;
  if (settled && !co_await settled->wait(io::after(settle_limit))) co_return false;
  co_return parts_.heart.is_sure();
}

io::Task<Carried> Dispatcher::attempt(Destination& destination, std::optional<Line>& line,
                                      const Job& job) {
  while (true) {
    bool fresh = false;
    if (line && !line->client->usable()) {
      co_await line->client->quit();
      line.reset();
    }
    if (!line) {
      if (destination.dead && io::Clock::now() < destination.dead->until)
        co_return all_are(destination.dead->outcome, job.recipients.size());
      Policy policy = parts_.policy();
      std::chrono::seconds first_pause = policy.retry.pauses.front();
      auto opened = co_await parts_.courier.connect(destination.hop, std::move(policy));
      if (!opened) {
        if (opened.error().kind == Outcome::Kind::temporary)
          destination.dead = Dead{opened.error(), io::after(std::min(dead_time, first_pause))};
        co_return all_are(opened.error(), job.recipients.size());
      }
      base::pass_failpoint("queue.relay.connected");
      destination.dead.reset();
      line = std::move(*opened);
      fresh = true;
    }
    Carried carried = co_await send_all(*line, job);
    // A session that the peer closed while it was idle says nothing about this letter.
    bool stale = !fresh && !line->client->usable() && !line->client->body_begun() &&
                 !any_accepted(carried.outcomes);
    if (!stale) co_return carried;
  }
}

io::Task<Carried> Dispatcher::send_all(Line& line, const Job& job) {
  Carried all;
  all.outcomes.resize(job.recipients.size());
  std::deque<size_t> left;
  for (size_t i = 0; i < job.recipients.size(); ++i) left.push_back(i);
  std::function<io::Task<bool>()> sure = [this, &line] { return may_finish(line); };
  while (!left.empty()) {
    std::vector<size_t> indices;
    std::vector<QueuedRecipient> recipients;
    while (!left.empty() && indices.size() < line.client->recipient_limit()) {
      indices.push_back(left.front());
      recipients.push_back(job.recipients[left.front()]);
      left.pop_front();
    }
    Carried part = co_await parts_.courier.carry(line, job.letter, recipients, sure);
    bool progress = any_accepted(part.outcomes);
    for (size_t i = 0; i < indices.size(); ++i) {
      if (progress && is_too_many(part.outcomes[i])) left.push_back(indices[i]);
      all.outcomes[indices[i]] = std::move(part.outcomes[i]);
    }
    all.host = part.host;
    all.dsn = part.dsn;
  }
  co_return all;
}

// The router's word turns a recipient into deliveries: a new item for what is relayed, messages for
// what is local; the waiting recipient goes in the same transaction.
io::Task<void> Dispatcher::route(Job job) {
  wire::smtp::Envelope envelope;
  Job routed{.letter = job.letter, .recipients = {}};
  Job failed{.letter = job.letter, .recipients = {}};
  Carried outcomes;
  for (QueuedRecipient& recipient : job.recipients) {
    auto answer =
        co_await parts_.desk.ask_router(recipient.pending.address, job.letter.facts.smtputf8);
    if (answer && answer->accepted()) {
      envelope.recipients.push_back({.address = recipient.pending.address,
                                     .notify = recipient.pending.notify,
                                     .original = recipient.pending.original,
                                     .deliveries = std::move(answer->deliveries)});
      routed.recipients.push_back(std::move(recipient));
    } else {
      outcomes.outcomes.push_back(answer ? refused_by_router(answer->status)
                                         : own_outcome("4.3.0", "the router does not answer"));
      failed.recipients.push_back(std::move(recipient));
    }
  }
  if (!routed.recipients.empty() && !co_await replace(routed, plan(envelope))) {
    // Most likely an account that was removed just now: the router will know soon.
    for (QueuedRecipient& recipient : routed.recipients) {
      outcomes.outcomes.push_back(own_outcome("4.2.0", "the mailbox is gone"));
      failed.recipients.push_back(std::move(recipient));
    }
  }
  base::pass_failpoint("queue.route.told");
  if (failed.recipients.empty()) co_return;
  log_outcomes(failed, outcomes);
  co_await finish(failed, std::move(outcomes), false);
}

io::Task<bool> Dispatcher::replace(const Job& job, Plan planned) {
  Change change;
  Placement& placement = change.placements.emplace_back();
  placement.letter = job.letter;
  placement.letter.item = {};
  placement.mailboxes = std::move(planned.mailboxes);
  placement.pending = std::move(planned.pending);
  for (const QueuedRecipient& recipient : job.recipients)
    change.done.push_back({job.letter.item, recipient.seq});
  std::vector<Notice> notices;
  for (auto& status : planned.successes)
    notices.push_back({.status = std::move(status), .notify = {.success = true}});
  try {
    if (!placement.pending.empty())
      placement.letter.item.value = (co_await parts_.ledger.take_ids(1)).front();
  } catch (const base::Error& error) {
    base::log::warn("queue.database_away",
                    {{"id", job.letter.facts.name}, {"error", error.what()}});
    co_return false;
  }
  co_return co_await record(job.letter, std::move(change), std::move(notices));
}

io::Task<void> Dispatcher::finish(const Job& job, Carried carried, bool lmtp) {
  Settlement settlement = settle(job.letter, job.recipients, carried, lmtp, parts_.policy().retry,
                                 base::wall_now(), parts_.chance);
  co_await record(job.letter, std::move(settlement.change), std::move(settlement.notices));
}

// What happened outside has happened: it is written down as soon as the database lets us, while the
// lease holds. Afterwards another node may try once more, and nothing can be done about it.
io::Task<bool> Dispatcher::record(const QueuedLetter& letter, Change change,
                                  std::vector<Notice> notices) {
  std::erase_if(notices, [&](const Notice& n) { return !is_wanted(n, letter.facts.sender); });
  io::Deadline give_up = io::after(record_limit);
  size_t placements = change.placements.size();
  auto pause = std::chrono::milliseconds(100);
  int reports_failed = 0;
  while (true) {
    try {
      change.placements.resize(placements);
      if (!notices.empty()) {
        auto header = co_await parts_.ledger.header(letter.content);
        std::optional<std::string> body;
        if (header && returns_whole(letter.facts, notices, parts_.policy().report)) {
          body = co_await parts_.ledger.range(letter.content, header->size(),
                                              letter.facts.size - header->size());
        }
        co_await parts_.desk.add_reports(change, letter.facts, notices, header.value_or(""),
                                         std::move(body));
        base::failpoint("queue.report.written");
      }
      co_await parts_.desk.commit(change);
      base::pass_failpoint("queue.record.after");
      co_return true;
    } catch (const net::pg::Unavailable& error) {
      base::log::warn("queue.database_away", {{"id", letter.facts.name}, {"error", error.what()}});
    } catch (const LeaseLost& error) {
      base::log::error("queue.lease_lost", {{"id", letter.facts.name}, {"error", error.what()}});
      co_return true;
    } catch (const MailboxGone& error) {
      base::log::warn("queue.mailbox_gone", {{"id", letter.facts.name}, {"error", error.what()}});
      change.placements.resize(placements);
      if (into_mailboxes(change)) co_return false;
      // The one who would get the report is gone; what happened to the letter counts.
      if (++reports_failed == 3) notices.clear();
    } catch (const base::Error& error) {
      base::log::error("queue.record_failed", {{"id", letter.facts.name}, {"error", error.what()}});
    }
    if (io::Clock::now() > give_up) co_return true;
    co_await io::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(5000));
  }
}

void Dispatcher::log_outcomes(const Job& job, const Carried& carried) const {
  for (size_t i = 0; i < job.recipients.size(); ++i) {
    const Outcome& outcome = carried.outcomes[i];
    std::string to = wire::smtp::format(job.recipients[i].pending.address);
    const char* event = "queue.deferred";
    if (outcome.kind == Outcome::Kind::accepted) event = "queue.sent";
    if (outcome.kind == Outcome::Kind::permanent) event = "queue.failed";
    parts_.meters.attempt(outcome.kind);
    base::log::info(event, {{"id", job.letter.facts.name},
                            {"to", to},
                            {"host", carried.host},
                            {"status", outcome.status},
                            {"reply", outcome.text},
                            {"attempt", job.recipients[i].attempts + 1}});
  }
}

}  // namespace tegu::queue
