#include "policy.h"

#include <algorithm>

#include "base/host.h"
#include "base/time.h"

namespace tegu::queue {

Policy read_policy(const base::Settings& settings) {
  Policy policy;
  policy.host_name = settings.text("smtp.hostname");
  if (policy.host_name.empty()) policy.host_name = base::host_name();
  policy.lifetime = settings.duration("queue.lifetime");
  policy.report_lifetime = settings.duration("queue.bounce_lifetime");
  policy.destination_connections = settings.number("queue.destination_concurrency");
  policy.connections = settings.number("queue.concurrency");
  policy.addresses = settings.number("queue.mx_limit");
  policy.connect_timeout = settings.duration("queue.connect_timeout");
  policy.tls_domains = settings.list("queue.tls_verify");
  for (const std::string& address : settings.list("queue.source_addresses")) {
    if (auto endpoint = io::Endpoint::from_address(address, 0)) policy.sources.push_back(*endpoint);
  }

  auto limit = settings.duration("queue.send_timeout");
  policy.timeouts.greeting = policy.timeouts.command = limit;
  policy.timeouts.data_start = policy.timeouts.data_block = limit;
  // RFC 5321 4.5.3.2.6: a shorter one doubles letters, where the peer took its time.
  policy.timeouts.data_end = std::max<std::chrono::seconds>(limit, std::chrono::minutes(10));

  policy.retry.pauses.clear();
  for (const std::string& pause : settings.list("queue.retry")) {
    if (auto span = base::parse_duration(pause)) policy.retry.pauses.push_back(*span);
  }
  if (policy.retry.pauses.empty()) policy.retry.pauses.push_back(std::chrono::minutes(5));
  policy.retry.notice_after = settings.duration("queue.delay_notice");
  policy.report.host_name = policy.host_name;
  policy.report.return_limit = settings.number("queue.return_limit");
  return policy;
}

}  // namespace tegu::queue
