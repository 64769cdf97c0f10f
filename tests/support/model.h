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

}  // namespace tegu::test
