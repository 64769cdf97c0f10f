// Leasing and sorting. What is done with a job is in jobs.cpp.
#include "dispatcher.h"

#include <algorithm>

#include "base/failpoint.h"
#include "base/log.h"

namespace tegu::queue {
namespace {

constexpr size_t lease_at_once = 500;
constexpr std::chrono::seconds look_again{1};
// A session waits so long for another letter before QUIT.
constexpr std::chrono::seconds idle_time{2};

}  // namespace

// Counts a worker of a destination, also when it is cancelled.
class Dispatcher::Working {
 public:
  Working(Dispatcher& owner, Destination& destination) : owner_(owner), destination_(destination) {}
  ~Working() {
    owner_.workers_--;
    destination_.workers--;
    owner_.wake_.set();
  }
  Working(const Working&) = delete;

 private:
  Dispatcher& owner_;
  Destination& destination_;
};

static io::Task<void> wake_when(io::Event& event, io::Event& woken) {
  co_await event.wait();
  woken.set();
}

io::Task<void> Dispatcher::run(io::Event& draining) {
  scope_.spawn(wake_when(draining, wake_));
  std::exception_ptr failed;
  try {
    co_await lease_until(draining);
  } catch (...) {
    failed = std::current_exception();
  }
  stopping_ = true;
  for (auto& [name, destination] : destinations_) {
    destination.jobs.clear();
    destination.came.notify_all();
  }
  if (failed) {
    co_await scope_.close();
    std::rethrow_exception(failed);
  }
  co_await scope_.join();
}

io::Task<void> Dispatcher::lease_until(io::Event& draining) {
  while (!draining.is_set()) {
    bool more = false;
    // What comes due from here on is looked for in the next round.
    wake_.reset();
    try {
      if (parts_.heart.is_sure()) more = co_await lease_some();
    } catch (const base::Error& error) {
      base::log::warn("queue.lease_failed", {{"error", error.what()}});
    }
    start_workers();
    std::erase_if(destinations_, [](const auto& entry) {
      const Destination& d = entry.second;
      bool dead = d.dead && io::Clock::now() < d.dead->until;
      return d.workers == 0 && d.jobs.empty() && !dead;
    });
    if (!more && !draining.is_set()) co_await wake_.wait(io::after(look_again));
  }
}

// True when there may be more that is due and room for it.
io::Task<bool> Dispatcher::lease_some() {
  size_t most = parts_.policy().recipients;
  if (leased_ >= most) co_return false;
  size_t wanted = std::min(lease_at_once, most - leased_);
  size_t got = 0;
  auto leases = co_await parts_.ledger.lease(wanted);
  if (!leases.empty()) base::pass_failpoint("queue.lease.taken");
  for (Lease& lease : leases) {
    got += lease.recipients.size();
    sort_in(std::move(lease));
  }
  parts_.meters.leased.set(static_cast<double>(leased_));
  co_return got == wanted;
}

void Dispatcher::sort_in(Lease lease) {
  std::map<std::string, Job> jobs;
  for (QueuedRecipient& recipient : lease.recipients) {
    auto read = parse_hop(recipient.pending.next_hop, recipient.pending.address);
    // A hop that cannot be read was written by a newer or a mistaken program: ask again.
    Hop hop = read ? *read : Hop{.kind = Hop::Kind::route, .host = {}};
    std::string name = hop.name();
    destinations_[name].hop = hop;
    Job& job = jobs[name];
    job.letter = lease.letter;
    job.recipients.push_back(std::move(recipient));
  }
  for (auto& [name, job] : jobs) {
    leased_ += job.recipients.size();
    job.held = Held(*this, job.recipients.size());
    destinations_[name].jobs.push_back(std::move(job));
  }
}

void Dispatcher::let_go(size_t count) {
  leased_ -= count;
  parts_.meters.leased.set(static_cast<double>(leased_));
}

void Dispatcher::start_workers() {
  Policy policy = parts_.policy();
  for (auto& [name, destination] : destinations_) {
    if (!destination.jobs.empty()) destination.came.notify_all();
    size_t wanted = destination.jobs.size();
    wanted -= std::min(wanted, destination.idle);
    while (wanted-- > 0 && destination.workers < policy.destination_connections &&
           workers_ < policy.connections) {
      destination.workers++;
      workers_++;
      scope_.spawn(work(destination));
    }
  }
}

io::Task<std::optional<Dispatcher::Job>> Dispatcher::next_job(Destination& destination,
                                                              bool may_wait) {
  if (destination.jobs.empty() && may_wait && !stopping_) {
    destination.idle++;
    io::Deadline until = io::after(idle_time);
    try {
      while (destination.jobs.empty() && !stopping_ && co_await destination.came.wait(until)) {
      }
    } catch (...) {
      destination.idle--;
      throw;
    }
    destination.idle--;
  }
  if (destination.jobs.empty()) co_return std::nullopt;
  Job job = std::move(destination.jobs.front());
  destination.jobs.pop_front();
  co_return job;
}

io::Task<void> Dispatcher::work(Destination& destination) {
  Working working(*this, destination);
  std::optional<Line> line;
  while (auto job = co_await next_job(destination, line.has_value())) {
    if (destination.hop.kind == Hop::Kind::route) {
      co_await route(std::move(*job));
    } else {
      co_await relay(destination, line, std::move(*job));
    }
  }
  if (!line) co_return;
  if (line->settled) co_await line->settled->wait();
  co_await line->client->quit();
}

}  // namespace tegu::queue
