// Store: housekeeping. Nobody counts references to content. Who deletes a row that names content
// notes it in content_loose, in the same transaction; much later, when every transaction that could
// have made a new reference out of the old one has ended, this looks whether any is left.
#include <algorithm>

#include "model/queue/rows.h"
#include "model/queue/store.h"

namespace tegu::model::queue {

using base::ContentId;
using net::pg::Call;
using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;
using namespace std::chrono_literals;

// Longer than any transaction lives.
static constexpr std::chrono::seconds least_grace = 10min;

// Indexes content_loose_since, message_content, queue_item_content and primary keys. A note that is
// renewed meanwhile waits for us, and is then made anew.
static const Statement sweep_loose{
    "queue_sweep",
    "WITH due AS MATERIALIZED (SELECT content_id FROM content_loose "
    "WHERE since < now() - make_interval(secs => $1) ORDER BY since LIMIT $2 "
    "FOR UPDATE SKIP LOCKED), "
    "dead AS MATERIALIZED (SELECT d.content_id FROM due d "
    "WHERE NOT EXISTS (SELECT FROM message m WHERE m.content_id = d.content_id) "
    "AND NOT EXISTS (SELECT FROM queue_item i WHERE i.content_id = d.content_id)), "
    "chunks AS (DELETE FROM content_chunk c USING dead d WHERE c.content_id = d.content_id), "
    "contents AS (DELETE FROM content c USING dead d WHERE c.id = d.content_id RETURNING c.id), "
    "notes AS (DELETE FROM content_loose l USING due d WHERE l.content_id = d.content_id) "
    "SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM contents)"};

// Items without recipients; two deletions that could not see each other leave one.
const Statement drop_empty_items{
    "queue_drop_empty",
    "WITH gone AS (DELETE FROM queue_item i WHERE NOT EXISTS "
    "(SELECT FROM queue_rcpt r WHERE r.item_id = i.id) RETURNING content_id) "
    "INSERT INTO content_loose (content_id) SELECT DISTINCT content_id FROM gone "
    "ON CONFLICT (content_id) DO UPDATE SET since = now()"};

io::Task<Swept> Store::sweep(std::chrono::seconds grace, size_t limit) {
  Params params;
  params.add(static_cast<int64_t>(std::max(grace, least_grace).count()));
  params.add(static_cast<int64_t>(limit));
  std::vector<Call> calls;
  calls.push_back({&drop_empty_items, Params()});
  calls.push_back({&sweep_loose, std::move(params)});
  auto results = co_await database_.batch(std::move(calls), io::after(60s));
  Row row = results.back().one();
  co_return Swept{static_cast<size_t>(row.int8(0)), static_cast<size_t>(row.int8(1))};
}

static const Statement find_lost{
    "queue_find_unreferenced",
    "WITH part AS MATERIALIZED (SELECT id, created_at FROM content WHERE id > $1 "
    "ORDER BY id LIMIT $2), "
    "noted AS (INSERT INTO content_loose (content_id) SELECT s.id FROM part s "
    "WHERE s.created_at < now() - interval '1 day' "
    "AND NOT EXISTS (SELECT FROM message m WHERE m.content_id = s.id) "
    "AND NOT EXISTS (SELECT FROM queue_item i WHERE i.content_id = s.id) "
    "ON CONFLICT DO NOTHING) "
    "SELECT coalesce(max(id), 0) FROM part"};

io::Task<ContentId> Store::find_unreferenced(ContentId from, size_t count) {
  Params params;
  params.add(from.value).add(static_cast<int64_t>(count));
  Rows rows = co_await database_.query(find_lost, std::move(params), io::after(60s));
  co_return ContentId{rows.one().int8(0)};
}

}  // namespace tegu::model::queue
