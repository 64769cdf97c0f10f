#include "net/dns/settings.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace tegu;

TEST_CASE("dns settings: servers with and without ports", "[dns]") {
  using base::SettingType;
  const base::Setting catalogue[] = {
      {"dns.dnssec", SettingType::boolean, "false", 0, 1, "", ""},
      {"dns.servers", SettingType::list, "192.0.2.1,192.0.2.2@5353,2001:db8::1@54,x,192.0.2.3@y", 0,
       1, "", ""},
  };
  base::Settings settings(catalogue);
  auto wanted = net::dns::read_settings(settings, true);
  CHECK(wanted.servers ==
        std::vector<std::string>{"192.0.2.1:53", "192.0.2.2:5353", "[2001:db8::1]:54"});
  CHECK(wanted.trust_anchor_file.empty());
}
