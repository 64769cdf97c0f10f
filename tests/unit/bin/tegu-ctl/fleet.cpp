// The configuration that `up` writes is the one that the daemons read.
#include "fleet.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tegu;
using namespace tegu::ctl;

TEST_CASE("ctl fleet: daemons read what up writes", "[ctl]") {
  State state("/tmp/tegu \"quoted\\");
  FleetOptions options{.port_offset = 8000, .addresses = {"127.0.0.1", "::1"}, .log_level = "warn"};
  std::string database = "host='/tmp/a b' user=\"x\" password=\\'";
  for (const auto& kind : fleet()) {
    auto conf =
        daemon::parse_conf(conf_text(state, database, "tegu", options, kind.services), "tegu.conf");
    CHECK(conf.database == database);
    CHECK(conf.state_dir == state.spool_folder());
    CHECK(conf.run_dir == state.run_folder());
    CHECK(conf.log_level == base::log::Level::warn);
    CHECK(conf.tls_key == state.path("tls/key.pem"));
    CHECK(conf.listen.size() == kind.services.size());
    for (const auto& service : kind.services) CHECK(conf.listen.contains(service));
  }
  auto listen = listen_map(state, options);
  CHECK(listen["smtp"] == std::vector<std::string>{"127.0.0.1:8025", "[::1]:8025"});
  CHECK(listen["imaps"] == std::vector<std::string>{"127.0.0.1:8993", "[::1]:8993"});
  CHECK(listen["lmtp"] == std::vector<std::string>{"unix:" + state.run_folder() + "/lmtp.sock"});
}

TEST_CASE("ctl fleet: ports out of range and in use are told", "[ctl]") {
  FleetOptions options{.port_offset = 65000, .addresses = {"127.0.0.1"}};
  CHECK_THROWS_WITH(check_ports(options), Catch::Contains("ports are 1 to 65535"));
  options.addresses = {"localhost"};
  options.port_offset = 30000;
  CHECK_THROWS_WITH(check_ports(options), Catch::Contains("is no IP address"));
}
