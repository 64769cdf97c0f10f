// The Ledger in PostgreSQL: model/queue and model/content, with the daemon's words for theirs.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "ledger.h"
#include "model/content/ids.h"
#include "model/content/reader.h"
#include "model/queue/store.h"
#include "net/pg/client.h"

namespace tegu::queue {

class DatabaseLedger : public Ledger {
 public:
  // Everything named outlives it. `node` names this machine in leases that hold for `term`.
  DatabaseLedger(net::pg::Client& database, const std::string& node, std::chrono::seconds term)
      : ids_(database), reader_(database), store_(database, ids_, node, term) {}

  io::Task<void> commit(std::vector<const Change*> changes) override;
  io::Task<std::vector<Lease>> lease(size_t most_recipients) override;
  io::Task<void> extend_leases() override { return store_.extend_leases(); }
  io::Task<void> free_leases() override { return store_.free_leases(); }
  io::Task<std::vector<int64_t>> take_ids(size_t count) override { return ids_.take(count); }
  io::Task<std::optional<std::string>> range(base::ContentId content, uint64_t offset,
                                             uint64_t length) override;
  io::Task<std::optional<std::string>> header(base::ContentId content) override;
  io::Task<Swept> sweep(size_t most) override;
  io::Task<Depth> depth() override;

 private:
  model::content::IdSource ids_;
  model::content::Reader reader_;
  model::queue::Store store_;
  base::ContentId searched_;  // how far the search for lost content has come
};

}  // namespace tegu::queue
