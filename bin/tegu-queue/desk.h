// The desk: makes letters ready to be stored and writes them into the ledger, together with
// whatever else must become true with them. Every new letter passes here: what peers hand in, and
// our own reports.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batcher.h"
#include "intake.h"
#include "io/workers.h"
#include "ledger.h"
#include "notices.h"
#include "outside.h"
#include "policy.h"

namespace tegu::queue {

class Desk {
 public:
  using PolicySource = std::function<Policy()>;

  // All named outlive it.
  Desk(Ledger& ledger, Router& router, io::Workers& workers, model::content::Packers& packers,
       PolicySource policy, Batcher<Change>::Limits limits = {});

  // Commits batches until stop(); the owner spawns it, once for each commit at a time.
  io::Task<void> run() { return batcher_.run(); }
  void stop() { batcher_.stop(); }
  // Of the batches that begin from now on.
  void set_limits(Batcher<Change>::Limits limits) { batcher_.set_limits(limits); }

  // A letter and what its envelope asks for, and the reports that are due at once, as a change.
  io::Task<Change> prepare(wire::smtp::Envelope envelope, Octets letter);
  // Adds the reports that these notices call for, so that they become true with the change.
  // `header` and, where returns_whole() says so, `body` are of the letter.
  io::Task<void> add_reports(Change& change, LetterFacts letter, std::vector<Notice> notices,
                             std::string header, std::optional<std::string> body);
  // Durable when it returns; gives the change back.
  io::Task<Change> commit(Change change);

  // What the router says; nothing when it cannot tell now. It answers for letters that are taken
  // already, so that it is no question who may relay.
  io::Task<std::optional<wire::peer::RcptAnswer>> ask_router(wire::smtp::Address address,
                                                             bool smtputf8);

  // Called after a commit, for each change of it.
  std::function<void(const Change&)> on_committed;

 private:
  struct Made {
    wire::smtp::BodyType body;
    model::content::Prepared content;
  };
  io::Task<Made> make(Octets letter, const wire::smtp::Address& sender, base::ContentId id);
  io::Task<Placement> place(wire::smtp::Envelope envelope, Octets letter, Plan plan,
                            std::chrono::seconds lifetime);
  io::Task<void> commit_batch(Batcher<Change>::Batch& batch);
  io::Task<void> commit_one(Batcher<Change>::Pending& pending);

  Ledger& ledger_;
  Router& router_;
  io::Workers& workers_;
  model::content::Packers& packers_;
  PolicySource policy_;
  Batcher<Change> batcher_;
};

}  // namespace tegu::queue
