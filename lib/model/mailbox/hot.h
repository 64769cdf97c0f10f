// The statements that sessions meet first, for net::pg::Client::keep_warm(): about an account that
// nobody has, so those that are run find nothing; only the heads are read, so that they are in the
// server's memory.
#pragma once
#include <vector>

#include "net/pg/params.h"

namespace tegu::model::mailbox {

// In the order in which a client comes to need them, with those of the letters.
std::vector<net::pg::Call> hot_calls();

// Its parts, each beside its statements.
void add_hot_heads(std::vector<net::pg::Call>& calls);
void add_hot_keywords(std::vector<net::pg::Call>& calls);
void add_hot_journal(std::vector<net::pg::Call>& calls);
void add_hot_digests(std::vector<net::pg::Call>& calls);
void add_hot_change(std::vector<net::pg::Call>& calls);
void add_hot_append(std::vector<net::pg::Call>& calls);
void add_hot_rows(std::vector<net::pg::Call>& calls);  // the longest: last

}  // namespace tegu::model::mailbox
