// Store: the names of keyword bits, one set a mailbox. Bits are given once and never taken back, so
// a name that was read stays right.
#include "base/text.h"
#include "model/mailbox/hot.h"
#include "model/mailbox/store.h"

namespace tegu::model::mailbox {

using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;

// Primary key.
static const Statement read_keywords{
    "mailbox_keywords",
    "SELECT bit, name FROM mailbox_keyword WHERE account_id = $1 AND mailbox_id = $2", true};

// $3: names that are all different in any case. Each takes the next free bit; who loses a race for
// one finds its name missing afterwards and comes again. Locks the head against its removal.
static const Statement make_keywords{
    "mailbox_make_keywords",
    "WITH wanted AS (SELECT name, row_number() OVER (ORDER BY n) AS place "
    "FROM unnest($3::text[]) WITH ORDINALITY AS w (name, n) WHERE NOT EXISTS "
    "(SELECT FROM mailbox_keyword k WHERE k.account_id = $1 AND k.mailbox_id = $2 "
    "AND lower(k.name) = lower(w.name))), "
    "free AS (SELECT bit, row_number() OVER (ORDER BY bit) AS place "
    "FROM generate_series(6, 63) AS s (bit) WHERE NOT EXISTS "
    "(SELECT FROM mailbox_keyword k WHERE k.account_id = $1 AND k.mailbox_id = $2 "
    "AND k.bit = s.bit)) "
    "INSERT INTO mailbox_keyword (account_id, mailbox_id, bit, name) "
    "SELECT $1, $2, bit, name FROM wanted JOIN free USING (place) "
    "WHERE EXISTS (SELECT FROM mailbox WHERE account_id = $1 AND id = $2) "
    "ON CONFLICT DO NOTHING"};

static Params of(Key key) {
  Params params;
  params.add(key.account.value).add(key.mailbox.value);
  return params;
}

void add_hot_keywords(std::vector<net::pg::Call>& calls) {
  calls.push_back({&read_keywords, of({})});
}

io::Task<Keywords> Store::keywords(Key key) {
  Rows rows = co_await database_.query(read_keywords, of(key));
  std::vector<Keywords::Keyword> keywords;
  for (Row row : rows) {
    keywords.push_back({static_cast<int>(row.int8(0)), std::string(row.text(1))});
  }
  co_return Keywords(std::move(keywords));
}

static std::vector<std::string> missing(const Keywords& keywords,
                                        const std::vector<std::string>& names) {
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    bool listed = false;
    for (const std::string& other : missing) listed = listed || base::iequals(name, other);
    if (!listed && !keywords.find(name)) missing.push_back(name);
  }
  return missing;
}

io::Task<Keywords> Store::add_keywords(Key key, std::vector<std::string> names) {
  Keywords known = co_await keywords(key);
  // Each round either makes all, or somebody else made one: rounds are bounded by the bits.
  for (int round = 0; round < max_keywords; round++) {
    auto wanted = missing(known, names);
    // All or none: a refused command must not use up what is left.
    if (wanted.empty() || wanted.size() > max_keywords - known.all().size()) break;
    Params params = of(key);
    params.texts(wanted);
    co_await database_.query(make_keywords, std::move(params));
    Keywords now = co_await keywords(key);
    if (now.all() == known.all()) break;  // the mailbox is gone
    known = std::move(now);
  }
  co_return known;
}

}  // namespace tegu::model::mailbox
