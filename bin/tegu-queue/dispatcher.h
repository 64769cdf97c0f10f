// Outward work: leases recipients that are due, sorts them by where they go next, and works through
// each destination with a bounded number of sessions. What came of an attempt goes through the
// desk.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "courier.h"
#include "desk.h"
#include "heart.h"
#include "io/scope.h"
#include "io/sync.h"
#include "ledger.h"
#include "meters.h"
#include "settlement.h"

namespace tegu::queue {

class Dispatcher {
 public:
  // Everything named outlives the dispatcher.
  struct Parts {
    io::Loop& loop;
    Ledger& ledger;
    Courier& courier;
    Desk& desk;
    Heart& heart;
    Desk::PolicySource policy;
    Meters& meters;
    std::function<double()> chance;
  };
  explicit Dispatcher(Parts parts) : parts_(std::move(parts)) {}
  Dispatcher(const Dispatcher&) = delete;

  // Until `draining` is set: then it leases nothing more and returns when what runs has ended.
  io::Task<void> run(io::Event& draining);
  // Something may be due: look now.
  void wake() { wake_.set(); }

  size_t leased() const { return leased_; }

 private:
  // Recipients in memory, counted until their work is written down.
  class Held {
   public:
    Held() = default;
    Held(Dispatcher& owner, size_t count) : owner_(&owner), count_(count) {}
    Held(Held&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), count_(other.count_) {}
    Held& operator=(Held&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(count_, other.count_);
      return *this;
    }
    ~Held() {
      if (owner_) owner_->let_go(count_);
    }

   private:
    Dispatcher* owner_ = nullptr;
    size_t count_ = 0;
  };
  struct Job {
    QueuedLetter letter;
    std::vector<QueuedRecipient> recipients;
    Held held = {};
  };
  struct Dead {
    net::smtp::Outcome outcome;
    io::Deadline until;
  };
  struct Destination {
    Hop hop;
    std::deque<Job> jobs;
    size_t workers = 0;
    size_t idle = 0;  // workers that wait for a job
    io::Signal came;
    std::optional<Dead> dead;  // no session could be had; not tried again at once
  };
  class Working;

  io::Task<void> lease_until(io::Event& draining);
  io::Task<bool> lease_some();
  void sort_in(Lease lease);
  void let_go(size_t count);
  void start_workers();
  io::Task<void> work(Destination& destination);
  io::Task<std::optional<Job>> next_job(Destination& destination, bool may_wait);
  io::Task<void> relay(Destination& destination, std::optional<Line>& line, Job job);
  io::Task<Carried> attempt(Destination& destination, std::optional<Line>& line, const Job& job);
  io::Task<Carried> send_all(Line& line, const Job& job);
  io::Task<void> conclude(Job job, Carried carried, bool lmtp, std::shared_ptr<io::Event> settled);
  io::Task<bool> may_finish(const Line& line);
  io::Task<void> route(Job job);
  // Puts what the router said in the place of the recipients that asked; false as record().
  io::Task<bool> replace(const Job& job, Plan planned);
  io::Task<void> finish(const Job& job, Carried carried, bool lmtp);
  // False: a mailbox is gone, nothing was written.
  io::Task<bool> record(const QueuedLetter& letter, Change change, std::vector<Notice> notices);
  void log_outcomes(const Job& job, const Carried& carried) const;

  Parts parts_;
  io::Scope scope_{parts_.loop};
  std::map<std::string, Destination> destinations_;
  io::Event wake_;
  size_t leased_ = 0;   // recipients in memory
  size_t workers_ = 0;  // of all destinations
  bool stopping_ = false;
};

}  // namespace tegu::queue
