// For the tests of lib/model and above: a migrated database of one's own, a loop and a client.
#pragma once
#include <string>

#include "io/loop.h"
#include "model/schema/schema.h"
#include "net/pg/client.h"
#include "support/postgres.h"

namespace tegu::test {

struct ModelDatabase {
  std::string conninfo = Postgres::shared().fresh_database();
  io::Loop loop;
  net::pg::Client client;

  ModelDatabase() : client(loop, config_of(conninfo)) {
    loop.run_until_done(model::schema::migrate(client));
  }

  // Connects as one of the daemons: what its role may not do fails.
  net::pg::Config as(const std::string& role) const {
    return config_of(conninfo + " user=" + role);
  }
  static net::pg::Config config_of(const std::string& conninfo) {
    net::pg::Config config;
    config.conninfo = conninfo;
    return config;
  }
  // Runs a coroutine function with the client and what else it wants, to its end.
  template <class Body, class... Args>
  auto run(Body body, Args... args) {
    return loop.run_until_done(body(client, std::move(args)...));
  }
  // One statement without parameters.
  net::pg::Rows sql(const net::pg::Statement& statement, net::pg::Params params = {}) {
    return loop.run_until_done(client.query(statement, std::move(params)));
  }
};

// How many of these statements a connection of the daemon's role makes ready by itself, with a plan
// for all parameters. Waits for the last, 20 s at most.
inline io::Task<size_t> warmed(net::pg::Client& client, std::vector<net::pg::Call> hot) {
  static const net::pg::Statement last{"test.last_warm", "SELECT 1", true};
  static const net::pg::Statement count{"test.count_warm",
                                        "SELECT count(*) FILTER (WHERE name !~ '^(test|pg)'), "
                                        "count(*) FILTER (WHERE name ~ 'last_warm') "
                                        "FROM pg_prepared_statements WHERE generic_plans > 0",
                                        true};
  hot.push_back({&last, {}});
  client.keep_warm(std::move(hot));
  for (io::Deadline end = io::after(std::chrono::seconds(20)); io::Clock::now() < end;) {
    auto rows = co_await client.query(count);
    if (rows.one().int8(1) > 0) co_return static_cast<size_t>(rows.one().int8(0));
  }
  co_return 0;
}
inline size_t warmed(ModelDatabase& database, const std::string& role,
                     const std::vector<net::pg::Call>& hot) {
  net::pg::Config config = database.as(role);
  config.shared_connections = 1;
  config.generic_plans = true;
  net::pg::Client client(database.loop, config);
  return database.loop.run_until_done(warmed(client, hot));
}

}  // namespace tegu::test
