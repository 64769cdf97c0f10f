// A database of its own and a loop, and what the tests of Client ask there.
#pragma once
#include "net/pg/client.h"
#include "support/postgres.h"

namespace tegu::test {

inline const net::pg::Statement plus = {"test.plus", "SELECT $1::int8 + 1, pg_backend_pid()", true};
inline const net::pg::Statement create = {"test.create",
                                          "CREATE TABLE t (id int8 PRIMARY KEY, v text)"};
inline const net::pg::Statement insert = {"test.insert", "INSERT INTO t VALUES ($1, $2)"};
inline const net::pg::Statement count = {"test.count", "SELECT count(*) FROM t", true};

inline net::pg::Params number(int64_t value) {
  net::pg::Params params;
  params.add(value);
  return params;
}
inline net::pg::Params row(int64_t id, std::string_view value) {
  net::pg::Params params;
  params.add(id).text(value);
  return params;
}

struct ClientFixture {
  std::string conninfo = Postgres::shared().fresh_database();
  io::Loop loop;

  net::pg::Config config() const {
    net::pg::Config config;
    config.conninfo = conninfo;
    return config;
  }
  // All that is shared goes over one connection.
  net::pg::Config one_shared() const {
    net::pg::Config one = config();
    one.shared_connections = 1;
    return one;
  }
  template <class Body, class... Args>
  auto run(Body body, net::pg::Config config, Args... args) {
    net::pg::Client client(loop, std::move(config));
    return loop.run_until_done(body(client, args...));
  }
  template <class Body>
  auto run(Body body) {
    return run(body, config());
  }
};

}  // namespace tegu::test
