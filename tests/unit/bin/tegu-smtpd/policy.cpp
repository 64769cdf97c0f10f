#include "policy.h"

#include <catch2/catch.hpp>

#include "model/setting/catalogue.h"
#include "rate_guard.h"

using namespace tegu;
using namespace std::chrono_literals;

TEST_CASE("smtpd policy: every setting it reads is declared, and its default is what we promise",
          "[smtpd]") {
  smtpd::Policy policy = smtpd::read_policy(base::Settings(model::setting::catalogue()));
  CHECK_FALSE(policy.hostname.empty());
  CHECK(policy.message_size == 50u << 20);
  CHECK(policy.recipients == 1000);
  CHECK(policy.messages == 100);
  CHECK(policy.check_sender);
  CHECK(policy.relay_networks.empty());
  CHECK(policy.received_hops == 50);
  CHECK(policy.soft_errors == 5);
  CHECK(policy.hard_errors == 10);
  CHECK(policy.junk_commands == 20);
  CHECK(policy.auth_failures == 3);
  CHECK(policy.connections == 5000);
  CHECK(policy.connections_per_address == 50);
  CHECK(policy.data_rate == 500);
  CHECK(policy.data_rate_span == 60s);
  CHECK(policy.command_timeout == 300s);
  CHECK(policy.stranger_timeout == 600s);
}

TEST_CASE("smtpd policy: follows the settings", "[smtpd]") {
  std::vector<std::string> problems;
  auto settings = base::Settings(model::setting::catalogue())
                      .with({{"smtp.hostname", "mx.example.org"},
                             {"smtp.message_size_limit", "1M"},
                             {"smtp.relay_networks", "192.0.2.0/24,2001:db8::/32"},
                             {"smtp.data_min_rate", "0"}},
                            problems);
  REQUIRE(problems.empty());
  smtpd::Policy policy = smtpd::read_policy(settings);
  CHECK(policy.hostname == "mx.example.org");
  CHECK(policy.message_size == 1u << 20);
  CHECK(policy.relay_networks.size() == 2);
  smtpd::RateGuard guard({}, policy.data_rate, policy.data_rate_span);
  CHECK(guard.end() == io::never);
  CHECK(guard.keeps_up(io::Deadline() + 24h));
}
