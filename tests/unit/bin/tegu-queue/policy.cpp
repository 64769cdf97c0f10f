#include "policy.h"

#include <catch2/catch.hpp>

#include "model/setting/catalogue.h"

using namespace tegu;
using namespace std::chrono_literals;

static queue::Policy policy(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> problems;
  auto settings = base::Settings(model::setting::catalogue()).with(changes, problems);
  CHECK(problems.empty());
  return queue::read_policy(settings);
}

TEST_CASE("queue policy: the defaults of the catalogue make sense", "[queue]") {
  queue::Policy standard = policy({});
  CHECK_FALSE(standard.host_name.empty());
  CHECK(standard.report.host_name == standard.host_name);
  CHECK(standard.lifetime == 120h);
  CHECK(standard.retry.pauses.front() == 5min);
  CHECK(standard.retry.pauses.size() > 1);
  CHECK(standard.report.return_limit == 50 << 10);
  CHECK(standard.timeouts.data_end >= 10min);
  CHECK(standard.destination_connections > 0);
  CHECK(standard.tls_domains.empty());
}

TEST_CASE("queue policy: settings are followed", "[queue]") {
  queue::Policy changed = policy({{"smtp.hostname", "mail.example.org"},
                                  {"queue.retry", "1s,2s"},
                                  {"queue.send_timeout", "20s"},
                                  {"queue.source_addresses", "192.0.2.7,2001:db8::7"},
                                  {"queue.tls_verify", "example.net"}});
  CHECK(changed.host_name == "mail.example.org");
  CHECK(changed.retry.pauses == std::vector<std::chrono::seconds>{1s, 2s});
  CHECK(changed.timeouts.command == 20s);
  // RFC 5321 4.5.3.2.6: not shorter.
  CHECK(changed.timeouts.data_end == 10min);
  CHECK(changed.sources.size() == 2);
  CHECK(changed.tls_domains == std::vector<std::string>{"example.net"});
}
