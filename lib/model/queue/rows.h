// Values of letter.h as columns and back. Only for this folder.
#pragma once
#include <span>
#include <vector>

#include "model/queue/letter.h"
#include "net/pg/params.h"
#include "net/pg/rows.h"

namespace tegu::model::queue {

// Adds an array for each column that an INSERT of the items or recipients names.
void add_items(net::pg::Params& params, std::span<const Item* const> items);
struct ItemRecipient {
  base::QueueItemId item;
  const Recipient* recipient;
};
void add_recipients(net::pg::Params& params, std::span<const ItemRecipient> recipients);

// Rows with the columns of both tables, in the order of the SELECTs in lease.cpp and admin.cpp, and
// in order of item: one Lease for each item. A damaged row is logged and left out.
std::vector<Lease> group(const net::pg::Rows& rows);

// The change puts something into mailboxes: its last statement gives the UIDs (calls.cpp).
bool delivers(const Change& change);
// The letters that it stores (calls.cpp).
std::vector<const content::Prepared*> letters_of(const Change& change);
// What makes it true, for one batch; `node` has the leases (calls.cpp).
std::vector<net::pg::Call> calls_of(const Change& change, const std::string& node);

// Deletes items without recipients and notes their content (sweep.cpp).
extern const net::pg::Statement drop_empty_items;

}  // namespace tegu::model::queue
