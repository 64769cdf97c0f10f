// Store: a change as the statements of one batch. They go from what may refuse to what many wait
// for: leases first, heads of mailboxes last and shortest.
#include <algorithm>

#include "model/queue/rows.h"
#include "model/queue/store.h"

namespace tegu::model::queue {

using net::pg::Call;
using net::pg::Params;
using net::pg::Statement;

// Items in order of id: two nodes that finish recipients of one item go one after the other, so
// that the later one sees the item empty.
static const Statement lock_items{
    "queue_lock_items", "SELECT FROM queue_item WHERE id = ANY ($1) ORDER BY id FOR UPDATE"};

// Primary key of queue_rcpt.
static const Statement finish_recipients{
    "queue_finish",
    "WITH gone AS (DELETE FROM queue_rcpt r USING unnest($1::bigint[], $2::integer[]) AS k (i, s) "
    "WHERE r.item_id = k.i AND r.seq = k.s AND r.lease_node = $3 RETURNING r.item_id) "
    "SELECT require(count(*) = cardinality($1::bigint[]), 'TG001') FROM gone"};

static const Statement drop_items{
    "queue_drop_items",
    "WITH gone AS (DELETE FROM queue_item i WHERE i.id = ANY ($1) AND NOT EXISTS "
    "(SELECT FROM queue_rcpt r WHERE r.item_id = i.id) RETURNING content_id) "
    "INSERT INTO content_loose (content_id) SELECT DISTINCT content_id FROM gone "
    "ON CONFLICT (content_id) DO UPDATE SET since = now()"};

static const Statement defer_recipients{
    "queue_defer",
    "UPDATE queue_rcpt r SET attempts = r.attempts + 1, last_try_at = now(), "
    "next_try_at = d.next_try, last_reply = d.reply, delay_told = r.delay_told OR d.told, "
    "next_hop = coalesce(d.hop, r.next_hop), lease_node = NULL, lease_until = NULL, "
    "lease_id = NULL "
    "FROM unnest($1::bigint[], $2::integer[], $3::timestamptz[], $4::text[], $5::boolean[], "
    "$6::text[]) AS d (i, s, next_try, reply, told, hop) "
    "WHERE r.item_id = d.i AND r.seq = d.s AND r.lease_node = $7"};

static const Statement insert_items{
    "queue_insert_items",
    "INSERT INTO queue_item (id, content_id, log_id, sender, size, ret, envid, body, smtputf8, "
    "login, created_at, expires_at) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], "
    "$4::text[], $5::bigint[], $6::smallint[], $7::text[], $8::smallint[], $9::boolean[], "
    "$10::text[], $11::timestamptz[], $12::timestamptz[])"};

static const Statement insert_recipients{
    "queue_insert_recipients",
    "INSERT INTO queue_rcpt (item_id, seq, rcpt, next_hop, notify, orcpt_type, orcpt, state, "
    "next_try_at) SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], "
    "$5::smallint[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])"};

// $1 account, $2 mailbox (0: INBOX), $3 content, $4 flags, $5 size, $6 date. Heads are locked in
// the order of their keys, as everywhere; UIDs go in the order of the arrays. Keys of mailbox. The
// subselect and the LATERAL let only few heads be read one by one, where a join would be planned
// as a scan of the table, dead versions and all, for as long as it is small.
static const Statement deliver{
    "queue_deliver",
    "WITH wanted AS MATERIALIZED (SELECT w.account_id, "
    "CASE WHEN w.mailbox_id = 0 THEN (SELECT i.id FROM mailbox i "
    "WHERE i.account_id = w.account_id AND i.name = 'INBOX') ELSE w.mailbox_id END AS mailbox_id, "
    "w.content_id, w.flags, w.size, w.date, w.n "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
    "$6::timestamptz[]) WITH ORDINALITY "
    "AS w (account_id, mailbox_id, content_id, flags, size, date, n)), "
    "sums AS MATERIALIZED (SELECT account_id, mailbox_id, count(*) AS messages, "
    "count(*) FILTER (WHERE flags & 8 = 0) AS unseen, "
    "count(*) FILTER (WHERE flags & 4 <> 0) AS deleted, sum(size)::bigint AS bytes "
    "FROM wanted GROUP BY account_id, mailbox_id), "
    "locked AS MATERIALIZED (SELECT s.account_id, s.mailbox_id AS id "
    "FROM (SELECT * FROM sums ORDER BY account_id, mailbox_id) s "
    "CROSS JOIN LATERAL (SELECT FROM mailbox m WHERE m.account_id = s.account_id "
    "AND m.id = s.mailbox_id FOR NO KEY UPDATE) m), "
    "heads AS (UPDATE mailbox m SET uidnext = m.uidnext + s.messages, modseq = m.modseq + 1, "
    "total = m.total + s.messages, unseen = m.unseen + s.unseen, "
    "deleted = m.deleted + s.deleted, bytes = m.bytes + s.bytes "
    "FROM locked l JOIN sums s ON s.account_id = l.account_id AND s.mailbox_id = l.id "
    "WHERE m.account_id = l.account_id AND m.id = l.id "
    "RETURNING m.account_id, m.id, m.uidnext - s.messages AS first_uid, m.modseq), "
    "placed AS MATERIALIZED (SELECT w.*, h.modseq, h.first_uid - 1 + row_number() OVER "
    "(PARTITION BY w.account_id, w.mailbox_id ORDER BY w.n) AS uid FROM wanted w JOIN heads h "
    "ON h.account_id = w.account_id AND h.id = w.mailbox_id), "
    "added AS (INSERT INTO message "
    "(account_id, mailbox_id, uid, content_id, modseq, flags, size, internal_date) "
    "SELECT account_id, mailbox_id, uid, content_id, modseq, flags, size, date FROM placed) "
    "SELECT require(count(*) = cardinality($1::bigint[]), 'TG002'), "
    "array_agg(mailbox_id ORDER BY n), array_agg(uid ORDER BY n), array_agg(modseq ORDER BY n) "
    "FROM placed"};

static std::vector<int64_t> items_of(const std::vector<RecipientKey>& keys) {
  std::vector<int64_t> items;
  for (const RecipientKey& key : keys) items.push_back(key.item.value);
  std::ranges::sort(items);
  auto doubles = std::ranges::unique(items);
  items.erase(doubles.begin(), doubles.end());
  return items;
}

static void add_done(std::vector<Call>& calls, const std::vector<RecipientKey>& done,
                     const std::string& node) {
  if (done.empty()) return;
  std::vector<int64_t> items;
  std::vector<int32_t> seqs;
  for (const RecipientKey& key : done) {
    items.push_back(key.item.value);
    seqs.push_back(key.seq);
  }
  Params each, distinct;
  each.int8s(items).int4s(seqs).text(node);
  distinct.int8s(items_of(done));
  calls.push_back({&lock_items, distinct});
  calls.push_back({&finish_recipients, std::move(each)});
  calls.push_back({&drop_items, std::move(distinct)});
}

static void add_deferred(std::vector<Call>& calls, const std::vector<Deferral>& deferred,
                         const std::string& node) {
  if (deferred.empty()) return;
  std::vector<int64_t> items;
  std::vector<int32_t> seqs;
  std::vector<base::WallTime> next_tries;
  std::vector<std::string_view> replies;
  std::vector<bool> told;
  std::vector<std::optional<std::string>> hops;
  for (const Deferral& deferral : deferred) {
    items.push_back(deferral.key.item.value);
    seqs.push_back(deferral.key.seq);
    next_tries.push_back(deferral.next_try_at);
    replies.push_back(deferral.reply);
    told.push_back(deferral.delay_told);
    hops.push_back(deferral.next_hop);
  }
  Params params;
  params.int8s(items).int4s(seqs).times(next_tries).texts(replies).bools(told);
  params.texts_or_null(hops).text(node);
  calls.push_back({&defer_recipients, std::move(params)});
}

static void add_queued(std::vector<Call>& calls, const std::vector<Placement>& placements) {
  std::vector<const Item*> items;
  std::vector<ItemRecipient> recipients;
  for (const Placement& placement : placements) {
    if (!placement.item) continue;
    items.push_back(&*placement.item);
    for (const Recipient& recipient : placement.recipients) {
      recipients.push_back({placement.item->id, &recipient});
    }
  }
  if (items.empty()) return;
  Params item_rows, recipient_rows;
  add_items(item_rows, items);
  add_recipients(recipient_rows, recipients);
  calls.push_back({&insert_items, std::move(item_rows)});
  calls.push_back({&insert_recipients, std::move(recipient_rows)});
}

static Params deliveries_of(const std::vector<Placement>& placements) {
  std::vector<int64_t> accounts, mailboxes, contents, flags, sizes;
  std::vector<base::WallTime> dates;
  for (const Placement& placement : placements) {
    for (const MailboxDelivery& delivery : placement.mailboxes) {
      accounts.push_back(delivery.account.value);
      mailboxes.push_back(delivery.mailbox.value);
      contents.push_back(placement.content.value);
      flags.push_back(static_cast<int64_t>(delivery.flags));
      sizes.push_back(static_cast<int64_t>(placement.size));
      dates.push_back(delivery.internal_date);
    }
  }
  Params params;
  params.int8s(accounts).int8s(mailboxes).int8s(contents).int8s(flags).int8s(sizes).times(dates);
  return params;
}

bool delivers(const Change& change) {
  return std::ranges::any_of(change.placements,
                             [](const Placement& p) { return !p.mailboxes.empty(); });
}

std::vector<const content::Prepared*> letters_of(const Change& change) {
  std::vector<const content::Prepared*> letters;
  for (const Placement& placement : change.placements) {
    if (placement.letter != nullptr) letters.push_back(placement.letter);
  }
  return letters;
}

std::vector<Call> calls_of(const Change& change, const std::string& node) {
  std::vector<Call> calls;
  add_done(calls, change.done, node);
  add_deferred(calls, change.deferred, node);
  content::add_inserts(calls, letters_of(change));
  add_queued(calls, change.placements);
  if (delivers(change)) calls.push_back({&deliver, deliveries_of(change.placements)});
  return calls;
}

std::vector<Call> hot_calls() {
  content::Prepared letter;
  letter.chunks = {"x"};
  Placement placement{.letter = &letter,
                      .content = {},
                      .mailboxes = {MailboxDelivery{}},
                      .item = Item{},
                      .recipients = {Recipient{}}};
  return calls_of(
      {.placements = {std::move(placement)}, .done = {RecipientKey{}}, .deferred = {Deferral{}}},
      "");
}

}  // namespace tegu::model::queue
