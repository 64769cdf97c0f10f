#include "mail_hosts.h"

#include <catch2/catch.hpp>

using namespace tegu;
using Status = net::dns::MailHosts::Status;

static net::dns::MailHosts answer(Status status,
                                  std::vector<std::pair<uint16_t, std::string>> hosts = {}) {
  net::dns::MailHosts made;
  made.status = status;
  for (auto& [preference, name] : hosts) {
    net::dns::MailHost& host = made.hosts.emplace_back();
    host.name = name;
    host.preference = preference;
  }
  return made;
}

TEST_CASE("queue mail_hosts: answers without hosts are outcomes", "[queue]") {
  struct {
    Status status;
    std::string_view want;
  } table[] = {{Status::temporary, "4.4.3"},
               {Status::no_domain, "5.1.2"},
               {Status::null_mx, "5.1.10"},
               {Status::no_address, "5.1.2"}};
  for (const auto& row : table) {
    auto hosts = queue::hosts_to_try("b.org", answer(row.status), "mx.a.org");
    REQUIRE_FALSE(hosts);
    CHECK(hosts.error().status == row.want);
    CHECK(hosts.error().text.contains("b.org"));
    CHECK_FALSE(hosts.error().from_peer());
  }
}

TEST_CASE("queue mail_hosts: only hosts that are preferred to us are a way on", "[queue]") {
  struct {
    std::vector<std::pair<uint16_t, std::string>> hosts;
    std::vector<std::string> want;  // empty: a loop
  } table[] = {
      {{{10, "one"}, {20, "two"}}, {"one", "two"}},
      {{{10, "one"}, {20, "MX.A.org"}, {30, "three"}}, {"one"}},
      {{{10, "one"}, {20, "two"}, {20, "mx.a.org"}}, {"one"}},
      {{{10, "mx.a.org"}}, {}},
      {{{10, "mx.a.org"}, {10, "other"}, {20, "two"}}, {}},
  };
  for (const auto& row : table) {
    auto hosts = queue::hosts_to_try("b.org", answer(Status::ok, row.hosts), "mx.a.org");
    if (row.want.empty()) {
      REQUIRE_FALSE(hosts);
      CHECK(hosts.error().status == "5.4.6");
      continue;
    }
    REQUIRE(hosts);
    std::vector<std::string> names;
    for (const auto& host : *hosts) names.push_back(host.name);
    CHECK(names == row.want);
  }
}
