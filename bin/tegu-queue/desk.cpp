#include "desk.h"

#include <algorithm>

#include "base/log.h"
#include "model/content/packing.h"
#include "net/pg/error.h"

namespace tegu::queue {
namespace {

using wire::peer::RcptAnswer;
using wire::smtp::Envelope;

// Below this a letter is parsed and packed in about the time in which a thread is woken.
constexpr size_t large = 16 * 1024;
// Below this it does not matter how a body is packed.
constexpr size_t counted = 8 * 1024;

std::string header_of(const model::content::Prepared& content) {
  return model::content::Unpacker().unpack(content.header, content.header_size);
}

// Its commit lasts: nobody should wait for it.
bool is_large(const Change& change) {
  return std::ranges::any_of(change.placements, [](const Placement& placement) {
    return placement.content && placement.content->is_large();
  });
}

}  // namespace

Desk::Desk(Ledger& ledger, Router& router, io::Workers& workers, model::content::Packers& packers,
           PolicySource policy, Batcher<Change>::Limits limits)
    : ledger_(ledger),
      router_(router),
      workers_(workers),
      packers_(packers),
      policy_(std::move(policy)),
      batcher_(limits, [this](auto& batch) { return commit_batch(batch); }) {}

io::Task<std::optional<RcptAnswer>> Desk::ask_router(wire::smtp::Address address, bool smtputf8) {
  wire::peer::RcptRequest request;
  request.address = std::move(address);
  request.smtputf8 = smtputf8;
  request.trusted = true;
  try {
    co_return co_await router_.rcpt(std::move(request), io::after(std::chrono::seconds(5)));
  } catch (const base::Error& error) {
    base::log::warn("queue.router_away", {{"error", error.what()}});
  }
  co_return std::nullopt;
}

io::Task<Change> Desk::prepare(Envelope envelope, Octets letter) {
  for (auto& recipient : envelope.recipients) {
    if (!recipient.deliveries.empty()) continue;
    // One that the router does not know, or cannot tell now, waits in the queue for its word.
    auto answer = co_await ask_router(recipient.address, envelope.smtputf8);
    if (answer && answer->accepted()) recipient.deliveries = std::move(answer->deliveries);
  }
  Plan planned = plan(envelope);
  std::vector<Notice> notices;
  for (auto& status : planned.successes)
    notices.push_back({.status = std::move(status), .notify = {.success = true}});
  Change change;
  change.placements.push_back(co_await place(std::move(envelope), std::move(letter),
                                             std::move(planned), policy_().lifetime));
  if (!notices.empty()) {
    std::string header = header_of(*change.placements.front().content);
    co_await add_reports(change, change.placements.front().letter.facts, std::move(notices),
                         std::move(header), {});
  }
  co_return change;
}

io::Task<Desk::Made> Desk::make(Octets letter, const wire::smtp::Address& sender,
                                base::ContentId id) {
  if (letter.file) {
    auto file = std::make_shared<model::content::LetterFile>(
        packers_, packers_.share(), std::make_shared<base::Fd>(std::move(letter.file)), 0,
        letter.file_size, return_path(sender));
    BodyScan scan;
    // Our own line is as plain as can be, so it may be looked at with the rest.
    auto see = [&scan](std::string_view piece) { scan.feed(piece); };
    auto content = co_await model::content::prepare_file(std::move(file), id, see);
    co_return Made{scan.type(), std::move(content)};
  }
  std::shared_ptr<model::content::Packers::Share> share;
  if (letter.here.size() >= counted) share = packers_.share();
  auto work = [&, effort = packers_.effort()] {
    wire::smtp::BodyType body = body_type(letter.here);
    std::string whole = with_return_path(std::move(letter.here), sender);
    return Made{body, model::content::prepare(whole, id, {}, effort)};
  };
  Made made = letter.here.size() < large ? work() : co_await workers_.run(work);
  made.content.share = std::move(share);
  co_return made;
}

io::Task<Placement> Desk::place(Envelope envelope, Octets letter, Plan planned,
                                std::chrono::seconds lifetime) {
  auto ids = co_await ledger_.take_ids(2);
  base::ContentId id{ids[0]};
  Made made = co_await make(std::move(letter), envelope.reverse_path, id);
  Placement placement;
  QueuedLetter& queued = placement.letter;
  queued.content = id;
  if (!planned.pending.empty()) queued.item.value = ids[1];
  queued.facts = {.name = envelope.id,
                  .sender = envelope.reverse_path,
                  .ret = envelope.ret,
                  .envid = envelope.envid,
                  .smtputf8 = envelope.smtputf8,
                  .size = made.content.size,
                  .arrival = base::wall_now()};
  queued.body = made.body;
  queued.login = envelope.login;
  queued.expires = queued.facts.arrival + lifetime;
  placement.mailboxes = std::move(planned.mailboxes);
  placement.pending = std::move(planned.pending);
  placement.content = std::move(made.content);
  co_return placement;
}

io::Task<void> Desk::add_reports(Change& change, LetterFacts letter, std::vector<Notice> notices,
                                 std::string header, std::optional<std::string> body) {
  Policy policy = policy_();
  wire::dsn::Returned returned{.header = header, .body = {}};
  if (body) returned.body = *body;
  auto reports =
      write_reports(letter, std::move(notices), returned, policy.report, base::wall_now());
  std::string to = wire::smtp::format(letter.sender);
  for (ReportLetter& report : reports) {
    auto& recipient = report.envelope.recipients.front();
    auto answer = co_await ask_router(recipient.address, report.envelope.smtputf8);
    if (answer && answer->status == wire::peer::RcptStatus::unknown) {
      base::log::warn("queue.report_dropped",
                      {{"id", letter.name}, {"to", to}, {"reason", "no such sender"}});
      continue;
    }
    if (answer && answer->accepted()) recipient.deliveries = std::move(answer->deliveries);
    base::log::info("queue.report",
                    {{"id", letter.name}, {"report", report.envelope.id}, {"to", to}});
    Plan planned = plan(report.envelope);
    change.placements.push_back(co_await place(std::move(report.envelope),
                                               Octets{.here = std::move(report.text)},
                                               std::move(planned), policy.report_lifetime));
  }
}

io::Task<Change> Desk::commit(Change change) {
  if (is_large(change)) {
    co_await ledger_.commit({&change});
    if (on_committed) on_committed(change);
    co_return change;
  }
  size_t bytes = change.bytes();
  co_return co_await batcher_.submit(std::move(change), bytes);
}

io::Task<void> Desk::commit_one(Batcher<Change>::Pending& pending) {
  std::vector<const Change*> alone{&pending.entry};
  try {
    co_await ledger_.commit(std::move(alone));
  } catch (const base::Error&) {
    pending.error = std::current_exception();
  }
}

io::Task<void> Desk::commit_batch(Batcher<Change>::Batch& batch) {
  std::vector<const Change*> changes;
  for (const auto& pending : batch) changes.push_back(&pending->entry);
  bool split = false;
  try {
    co_await ledger_.commit(std::move(changes));
  } catch (const net::pg::Unavailable&) {
    throw;
  } catch (const net::pg::OutcomeUnknown&) {
    throw;
  } catch (const base::Error& error) {
    if (batch.size() == 1) throw;
    // One of them is at fault: the others must not suffer.
    base::log::warn("queue.batch_split", {{"changes", batch.size()}, {"error", error.what()}});
    split = true;
  }
  for (auto& pending : batch) {
    if (split) co_await commit_one(*pending);
    if (!pending->error && on_committed) on_committed(pending->entry);
  }
}

}  // namespace tegu::queue
