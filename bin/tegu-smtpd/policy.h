// What the settings smtp.* ask of a session. A session takes one Policy at its start and keeps it,
// so that a change of settings never strikes in the middle of a letter.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/settings.h"
#include "network.h"

namespace tegu::smtpd {

struct Policy {
  std::string hostname;
  uint64_t message_size = uint64_t{50} << 20;
  size_t recipients = 1000;  // of one letter
  size_t messages = 100;     // of one session
  uint64_t spool_memory = 256 << 10;
  bool check_sender = true;
  std::vector<Network> relay_networks;  // may relay without AUTH
  int received_hops = 50;
  int soft_errors = 5;
  int hard_errors = 10;
  int junk_commands = 20;
  int auth_failures = 3;
  size_t connections = 5000;
  size_t connections_per_address = 50;
  uint64_t data_rate = 500;  // octets a second, averaged over data_rate_span; 0: any
  std::chrono::seconds data_rate_span{60};
  std::chrono::milliseconds error_delay{1000};
  std::chrono::milliseconds auth_delay{2000};  // doubles with each failure
  std::chrono::milliseconds greet_delay{0};
  std::chrono::seconds command_timeout{300};
  std::chrono::seconds stranger_timeout{600};  // session of who has not logged in, without data
  std::chrono::seconds data_timeout{180};      // pause inside a letter
};

// Networks that do not parse are left out and logged; the empty smtp.hostname is the system's name.
Policy read_policy(const base::Settings& settings);

}  // namespace tegu::smtpd
