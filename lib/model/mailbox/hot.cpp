#include "model/mailbox/hot.h"

#include "model/content/reader.h"

namespace tegu::model::mailbox {

std::vector<net::pg::Call> hot_calls() {
  std::vector<net::pg::Call> calls;
  add_hot_heads(calls);
  add_hot_keywords(calls);
  add_hot_journal(calls);
  content::add_hot_reads(calls);
  add_hot_digests(calls);
  add_hot_change(calls);
  add_hot_append(calls);
  add_hot_rows(calls);
  return calls;
}

}  // namespace tegu::model::mailbox
