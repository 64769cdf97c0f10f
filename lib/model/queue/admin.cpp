// Store: what an administrator sees and does.
#include "model/queue/rows.h"
#include "model/queue/store.h"

namespace tegu::model::queue {

using base::QueueItemId;
using net::pg::Call;
using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;

// Six parameters in the order in which each statement below has them first. A NULL does not narrow.
static Params narrowed(const Filter& filter) {
  Params params;
  params.add(filter.item ? std::optional(filter.item->value) : std::nullopt);
  params.text_or_null(filter.sender).text_or_null(filter.recipient).text_or_null(filter.domain);
  params.text_or_null(filter.next_hop);
  std::optional<std::string> state;
  if (filter.state) state = *filter.state == State::held ? "held" : "ready";
  params.text_or_null(state);
  return params;
}

static const Statement read_overview{
    "queue_overview",
    "SELECT (SELECT count(*) FROM queue_item), count(*) FILTER (WHERE state = 'ready'), "
    "count(*) FILTER (WHERE state = 'held'), count(*) FILTER (WHERE lease_until > now()), "
    "count(*) FILTER (WHERE state = 'ready' AND next_try_at <= now() "
    "AND (lease_until IS NULL OR lease_until < now())), "
    "(SELECT min(created_at) FROM queue_item) FROM queue_rcpt",
    true};

io::Task<Overview> Store::overview() {
  Rows rows = co_await database_.query(read_overview);
  Row row = rows.one();
  co_return Overview{row.int8(0), row.int8(1), row.int8(2),
                     row.int8(3), row.int8(4), row.time_or_null(5)};
}

// Primary keys, in order of item.
static const Statement list_items{
    "queue_list",
    "SELECT i.id, i.content_id, i.log_id, i.sender, i.size, i.ret, i.envid, i.body, i.smtputf8, "
    "i.login, i.created_at, i.expires_at, r.seq, r.rcpt, r.next_hop, r.notify, "
    "r.orcpt_type, r.orcpt, r.state, r.next_try_at, r.attempts, r.last_try_at, r.last_reply, "
    "r.delay_told, CASE WHEN r.lease_until > now() THEN r.lease_node END "
    "FROM queue_item i JOIN queue_rcpt r ON r.item_id = i.id WHERE i.id IN "
    "(SELECT i.id FROM queue_item i WHERE i.id > $7 AND ($1 IS NULL OR i.id = $1) "
    "AND ($2 IS NULL OR i.sender = $2) AND EXISTS (SELECT FROM queue_rcpt r "
    "WHERE r.item_id = i.id AND ($3 IS NULL OR r.rcpt = $3) "
    "AND ($4 IS NULL OR right(r.rcpt, length($4) + 1) = '@' || $4) AND ($5 IS NULL OR r.next_hop = "
    "$5) "
    "AND ($6 IS NULL OR r.state = $6)) ORDER BY i.id LIMIT $8) "
    "AND ($3 IS NULL OR r.rcpt = $3) AND ($4 IS NULL OR right(r.rcpt, length($4) + 1) = '@' || $4) "
    "AND ($5 IS NULL OR r.next_hop = $5) AND ($6 IS NULL OR r.state = $6) ORDER BY i.id, r.seq",
    true};

io::Task<std::vector<Lease>> Store::list(Filter filter, QueueItemId after, size_t limit) {
  Params params = narrowed(filter);
  params.add(after.value).add(static_cast<int64_t>(limit));
  Rows rows = co_await database_.query(list_items, std::move(params));
  co_return group(rows);
}

static const Statement hold_recipients{
    "queue_hold",
    "UPDATE queue_rcpt r SET state = 'held' FROM queue_item i WHERE i.id = r.item_id "
    "AND r.state = 'ready' AND ($1 IS NULL OR i.id = $1) AND ($2 IS NULL OR i.sender = $2) "
    "AND ($3 IS NULL OR r.rcpt = $3) AND ($4 IS NULL OR right(r.rcpt, length($4) + 1) = '@' || $4) "
    "AND ($5 IS NULL OR r.next_hop = $5) AND ($6 IS NULL OR r.state = $6)"};

static const Statement release_recipients{
    "queue_release",
    "UPDATE queue_rcpt r SET state = 'ready', next_try_at = now() FROM queue_item i "
    "WHERE i.id = r.item_id AND r.state = 'held' AND ($1 IS NULL OR i.id = $1) "
    "AND ($2 IS NULL OR i.sender = $2) AND ($3 IS NULL OR r.rcpt = $3) "
    "AND ($4 IS NULL OR right(r.rcpt, length($4) + 1) = '@' || $4) AND ($5 IS NULL OR r.next_hop = "
    "$5) "
    "AND ($6 IS NULL OR r.state = $6)"};

static const Statement flush_recipients{
    "queue_flush",
    "UPDATE queue_rcpt r SET next_try_at = now() FROM queue_item i WHERE i.id = r.item_id "
    "AND r.state = 'ready' AND r.next_try_at > now() AND ($1 IS NULL OR i.id = $1) "
    "AND ($2 IS NULL OR i.sender = $2) AND ($3 IS NULL OR r.rcpt = $3) "
    "AND ($4 IS NULL OR right(r.rcpt, length($4) + 1) = '@' || $4) AND ($5 IS NULL OR r.next_hop = "
    "$5) "
    "AND ($6 IS NULL OR r.state = $6)"};

static io::Task<size_t> change_all(net::pg::Client& database, const Statement& statement,
                                   Params params) {
  Rows rows =
      co_await database.query(statement, std::move(params), io::after(std::chrono::seconds(60)));
  co_return static_cast<size_t>(rows.affected());
}

io::Task<size_t> Store::hold(Filter filter) {
  co_return co_await change_all(database_, hold_recipients, narrowed(filter));
}
io::Task<size_t> Store::release(Filter filter) {
  co_return co_await change_all(database_, release_recipients, narrowed(filter));
}
io::Task<size_t> Store::flush(Filter filter) {
  co_return co_await change_all(database_, flush_recipients, narrowed(filter));
}

// Items before recipients, as everywhere.
static const Statement lock_items{
    "queue_remove_lock",
    "SELECT FROM queue_item i WHERE ($1 IS NULL OR i.id = $1) AND ($2 IS NULL OR i.sender = $2) "
    "AND EXISTS (SELECT FROM queue_rcpt r WHERE r.item_id = i.id AND ($3 IS NULL OR r.rcpt = $3) "
    "AND ($4 IS NULL OR right(r.rcpt, length($4) + 1) = '@' || $4) "
    "AND ($5 IS NULL OR r.next_hop = $5) AND ($6 IS NULL OR r.state = $6)) "
    "ORDER BY i.id FOR UPDATE"};

static const Statement remove_recipients{
    "queue_remove",
    "WITH gone AS (DELETE FROM queue_rcpt r USING queue_item i WHERE i.id = r.item_id "
    "AND ($1 IS NULL OR i.id = $1) AND ($2 IS NULL OR i.sender = $2) "
    "AND ($3 IS NULL OR r.rcpt = $3) AND ($4 IS NULL OR right(r.rcpt, length($4) + 1) = '@' || $4) "
    "AND ($5 IS NULL OR r.next_hop = $5) AND ($6 IS NULL OR r.state = $6) RETURNING r.item_id) "
    "SELECT count(*) FROM gone"};

io::Task<size_t> Store::remove(Filter filter) {
  std::vector<Call> calls;
  calls.push_back({&lock_items, narrowed(filter)});
  calls.push_back({&remove_recipients, narrowed(filter)});
  calls.push_back({&drop_empty_items, Params()});
  auto results = co_await database_.batch(std::move(calls), io::after(std::chrono::seconds(60)));
  co_return static_cast<size_t>(results[1].one().int8(0));
}

}  // namespace tegu::model::queue
