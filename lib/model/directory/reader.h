// Reads the directory in bulk, and single entries by id: what the router keeps in memory and how it
// follows changes (channel tegu_directory, payload "<table>" or "<table>:<id>,<id>").
#pragma once
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "model/directory/entries.h"
#include "net/pg/client.h"

namespace tegu::model::directory {

inline constexpr const char* channel = "tegu_directory";

// What a notification says has changed; an empty set of a table: all of it may have.
struct News {
  using Ids = std::set<int64_t>;
  std::map<std::string, Ids, std::less<>> tables;  // "domain", "account", "credential" ...
  void add(std::string_view payload);
};

// Ids of what an address touches.
struct Found {
  std::vector<int64_t> domains;  // the domain and what it is an alias of
  std::vector<int64_t> accounts;
  std::vector<int64_t> aliases;
};

class Reader {
 public:
  explicit Reader(net::pg::Client& client) : client_(client) {}

  // Up to `limit` entries with ids above `after`, by id.
  io::Task<std::vector<Domain>> domains_after(int64_t after, int32_t limit);
  io::Task<std::vector<Account>> accounts_after(int64_t after, int32_t limit);
  io::Task<std::vector<Alias>> aliases_after(int64_t after, int32_t limit);
  io::Task<std::vector<Route>> routes_after(int64_t after, int32_t limit);
  // Those of the ids that exist.
  io::Task<std::vector<Domain>> domains(std::vector<int64_t> ids);
  io::Task<std::vector<Account>> accounts(std::vector<int64_t> ids);
  io::Task<std::vector<Alias>> aliases(std::vector<int64_t> ids);
  io::Task<std::vector<Route>> routes(std::vector<int64_t> ids);

  // What has the domain and one of the local parts, all as name.h folds them.
  io::Task<Found> find(std::string domain, std::vector<std::string> locals, io::Deadline deadline);

  // Hashes of all credentials that have not expired, the password first.
  io::Task<std::vector<Credential>> credentials(base::AccountId account, io::Deadline deadline);
  // Octets in all mailboxes of the account.
  io::Task<int64_t> used(base::AccountId account, io::Deadline deadline);

 private:
  net::pg::Client& client_;
};

// For net::pg::Client::keep_warm(): the look-ups, about nobody.
std::vector<net::pg::Call> hot_calls();

}  // namespace tegu::model::directory
