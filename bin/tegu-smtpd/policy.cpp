#include "policy.h"

#include "base/host.h"
#include "base/log.h"

namespace tegu::smtpd {

Policy read_policy(const base::Settings& settings) {
  auto count = [&](std::string_view key) { return static_cast<size_t>(settings.number(key)); };
  auto small = [&](std::string_view key) { return static_cast<int>(settings.number(key)); };
  Policy policy;
  policy.hostname = settings.text("smtp.hostname");
  if (policy.hostname.empty()) policy.hostname = base::host_name();
  policy.message_size = count("smtp.message_size_limit");
  policy.recipients = count("smtp.recipient_limit");
  policy.messages = count("smtp.message_limit");
  policy.spool_memory = count("smtp.spool_memory");
  policy.check_sender = settings.flag("smtp.check_sender");
  for (const std::string& text : settings.list("smtp.relay_networks")) {
    if (text.empty()) continue;
    if (auto network = Network::parse(text)) {
      policy.relay_networks.push_back(*network);
    } else {
      base::log::warn("smtp.bad_network", {{"setting", "smtp.relay_networks"}, {"value", text}});
    }
  }
  policy.received_hops = small("smtp.received_limit");
  policy.soft_errors = small("smtp.error_soft_limit");
  policy.hard_errors = small("smtp.error_hard_limit");
  policy.junk_commands = small("smtp.junk_limit");
  policy.auth_failures = small("smtp.auth_failure_limit");
  policy.connections = count("smtp.connection_limit");
  policy.connections_per_address = count("smtp.connections_per_address");
  policy.data_rate = count("smtp.data_min_rate");
  policy.error_delay = settings.duration("smtp.error_delay");
  policy.auth_delay = settings.duration("smtp.auth_failure_delay");
  policy.greet_delay = settings.duration("smtp.greet_delay");
  policy.command_timeout = settings.duration("smtp.command_timeout");
  policy.stranger_timeout = settings.duration("smtp.session_timeout");
  policy.data_timeout = settings.duration("smtp.data_timeout");
  return policy;
}

}  // namespace tegu::smtpd
