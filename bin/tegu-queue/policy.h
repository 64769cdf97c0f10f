// The settings of the queue, read from a snapshot.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "base/settings.h"
#include "io/endpoint.h"
#include "net/smtp/client.h"
#include "notices.h"
#include "verdict.h"

namespace tegu::queue {

struct Policy {
  RetryPolicy retry;
  ReportPolicy report;
  std::string host_name;             // of EHLO, reports
  std::chrono::seconds lifetime{0};  // of a letter in the queue
  std::chrono::seconds report_lifetime{0};
  size_t destination_connections = 20;   // to one next hop
  size_t connections = 500;              // in all
  size_t recipients = 10'000;            // leased at a time
  size_t addresses = 5;                  // tried in one attempt
  std::vector<std::string> tls_domains;  // only over verified TLS
  std::vector<io::Endpoint> sources;     // our addresses to send from, port 0
  net::smtp::Timeouts timeouts;
  std::chrono::seconds connect_timeout{30};
};

Policy read_policy(const base::Settings& settings);

}  // namespace tegu::queue
