// Slows down those who guess passwords: per account and per address of the peer (IPv6: its /64).
// Counts live in this process. Pure: the caller brings the time.
//
// Attempts on one account are checked one after the other once one has failed: each failure moves
// the moment before which the next is not looked at. So many parallel guesses gain nothing.
// Networks from which the account was right before do not wait, so strangers do not lock its owner
// out there; from a new network, or after a restart, he waits with them.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/deadline.h"

namespace tegu::router {

using Moment = io::Deadline;

struct ThrottleRules {
  std::vector<std::chrono::seconds> delays = {};  // auth.failure_delay
  std::chrono::seconds memory{600};               // auth.failure_memory
  int64_t peer_per_minute = 20;                   // auth.address_failures_per_minute
  int64_t peer_per_day = 200;                     // auth.address_failures_per_day
};

// "192.0.2.1" as it is, "2001:db8:1:2::5" -> "2001:db8:1:2::/64"; empty for what is no address.
std::string network_of(std::string_view peer);

class Throttle {
 public:
  // The peer has failed so often that it is not worth looking.
  bool refuses(const std::string& network, const ThrottleRules& rules, Moment now);
  // When an attempt on the account may be checked; takes that turn. Nothing when it would come
  // after `latest`: then no turn is taken, so that guesses that are not looked at make nobody wait,
  // and the attempt counts against the peer.
  std::optional<Moment> turn(const std::string& account, const std::string& network,
                             const ThrottleRules& rules, Moment now, Moment latest = Moment::max());
  // The attempt was wrong: the moment before which the answer must not leave.
  Moment failed(const std::string& account, const std::string& network, const ThrottleRules& rules,
                Moment now);
  // The attempt was right.
  void succeeded(const std::string& account, const std::string& network);

  size_t size() const { return accounts_.size() + peers_.size(); }

 private:
  struct Account {
    int64_t failures = 0;
    Moment last{};
    Moment next_turn{};
  };
  struct Peer {
    int64_t in_a_row = 0;
    Moment last{};
    Moment minute_began{}, day_began{};
    int64_t in_minute = 0, in_day = 0;
  };
  int64_t count(const std::string& network, const ThrottleRules& rules, Moment now);
  void forget_old(const ThrottleRules& rules, Moment now);

  std::unordered_map<std::string, Account> accounts_;
  std::unordered_map<std::string, Peer> peers_;
  std::unordered_map<std::string, std::vector<std::string>> homes_;  // networks of right logins
  Moment swept_{};
};

}  // namespace tegu::router
