// Store: leases. A recipient belongs to the node whose lease on it has not ended; a lease that is
// not extended ends by itself, so a dead node's work goes on elsewhere.
#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "model/queue/rows.h"
#include "model/queue/store.h"

namespace tegu::model::queue {

using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;

// Index queue_rcpt_due; rows that another node is just taking are passed over. $4: names this
// lease, so that only leases whose giving out was seen are extended.
static const Statement take_lease{
    "queue_lease",
    "WITH due AS MATERIALIZED (SELECT item_id, seq FROM queue_rcpt "
    "WHERE state = 'ready' AND next_try_at <= now() "
    "AND (lease_until IS NULL OR lease_until < now()) "
    "ORDER BY next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED), "
    "r AS (UPDATE queue_rcpt q SET lease_node = $2, lease_until = now() + make_interval(secs => "
    "$3), "
    "lease_id = $4 FROM due WHERE q.item_id = due.item_id AND q.seq = due.seq RETURNING q.*) "
    "SELECT i.id, i.content_id, i.log_id, i.sender, i.size, i.ret, i.envid, i.body, i.smtputf8, "
    "i.login, i.created_at, i.expires_at, r.seq, r.rcpt, r.next_hop, r.notify, "
    "r.orcpt_type, r.orcpt, r.state, r.next_try_at, r.attempts, r.last_try_at, r.last_reply, "
    "r.delay_told, r.lease_node FROM r JOIN queue_item i ON i.id = r.item_id ORDER BY i.id, r.seq"};

io::Task<std::vector<Lease>> Store::lease(size_t most_recipients) {
  int64_t id = co_await ids_.next();
  Params params;
  params.add(static_cast<int64_t>(most_recipients)).text(node_);
  params.add(static_cast<int64_t>(term_.count())).add(id);
  Rows rows;
  // Noted before it exists, so that extend_leases() meanwhile does not take it for lost.
  asking_.push_back(id);
  try {
    rows = co_await database_.query(take_lease, std::move(params));
    base::failpoint<net::pg::OutcomeUnknown>("queue.lease.given");
  } catch (...) {
    std::erase(asking_, id);
    throw;
  }
  std::erase(asking_, id);
  if (!rows.empty()) leases_.push_back(id);
  co_return group(rows);
}

// Scans the table, which is small when all is well; once in a part of the term. Leases up to $4
// that nobody knows of were given out to an answer that got lost, or to a process that died in the
// meantime; later ones are being given out just now.
static const Statement extend{
    "queue_extend",
    "WITH lost AS (UPDATE queue_rcpt SET lease_node = NULL, lease_until = NULL, lease_id = NULL "
    "WHERE lease_node = $1 AND lease_id < $4 AND NOT lease_id = ANY ($2)), "
    "mine AS (UPDATE queue_rcpt SET lease_until = now() + make_interval(secs => $3) "
    "WHERE lease_node = $1 AND lease_id = ANY ($2) RETURNING lease_id) "
    "SELECT DISTINCT lease_id FROM mine"};

io::Task<void> Store::extend_leases() {
  // Ids ascend: what is leased from here on has a higher one.
  int64_t bound = co_await ids_.next();
  std::vector<int64_t> asked = leases_;
  std::vector<int64_t> known = asked;
  known.insert(known.end(), asking_.begin(), asking_.end());
  Params params;
  params.text(node_).int8s(known).add(static_cast<int64_t>(term_.count())).add(bound);
  Rows rows = co_await database_.query(extend, std::move(params));
  std::vector<int64_t> alive;
  for (Row row : rows) alive.push_back(row.int8(0));
  std::erase_if(leases_, [&](int64_t id) {
    return std::ranges::find(asked, id) != asked.end() &&
           std::ranges::find(alive, id) == alive.end();
  });
}

static const Statement free_all{
    "queue_free",
    "UPDATE queue_rcpt SET lease_node = NULL, lease_until = NULL, lease_id = NULL "
    "WHERE lease_node = $1"};

io::Task<void> Store::free_leases() {
  Params params;
  params.text(node_);
  co_await database_.query(free_all, std::move(params));
  leases_.clear();
}

// Index queue_rcpt_due.
static const Statement read_next_due{
    "queue_next_due",
    "SELECT min(greatest(next_try_at, lease_until)) FROM queue_rcpt WHERE state = 'ready' "
    "AND (lease_node IS NULL OR lease_node <> $1 OR lease_until < now())",
    true};

io::Task<std::optional<base::WallTime>> Store::next_due() {
  Params params;
  params.text(node_);
  Rows rows = co_await database_.query(read_next_due, std::move(params));
  co_return rows.one().time_or_null(0);
}

}  // namespace tegu::model::queue
