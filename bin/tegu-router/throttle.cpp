// Counting failed logins.
#include "throttle.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace tegu::router {

using std::chrono::minutes;

static constexpr size_t most_entries = 100000;
static constexpr size_t most_homes = 8;  // of an account
static constexpr auto day = std::chrono::hours(24);

std::string network_of(std::string_view peer) {
  std::string text(peer);
  in6_addr address;
  if (inet_pton(AF_INET, text.c_str(), &address) == 1) return text;
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return "";
  std::memset(address.s6_addr + 8, 0, 8);
  char shown[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &address, shown, sizeof shown);
  return std::string(shown) + "/64";
}

// The n-th failure's, n from 1; the last of the list for all further ones.
static std::chrono::seconds delay(const ThrottleRules& rules, int64_t failures) {
  if (rules.delays.empty() || failures <= 0) return std::chrono::seconds(0);
  size_t n = std::min(static_cast<size_t>(failures), rules.delays.size());
  return rules.delays[n - 1];
}

bool Throttle::refuses(const std::string& network, const ThrottleRules& rules, Moment now) {
  auto found = peers_.find(network);
  if (found == peers_.end()) return false;
  const Peer& peer = found->second;
  return (now - peer.minute_began < minutes(1) && peer.in_minute >= rules.peer_per_minute) ||
         (now - peer.day_began < day && peer.in_day >= rules.peer_per_day);
}

std::optional<Moment> Throttle::turn(const std::string& account, const std::string& network,
                                     const ThrottleRules& rules, Moment now, Moment latest) {
  auto homes = homes_.find(account);
  if (homes != homes_.end() && std::ranges::find(homes->second, network) != homes->second.end())
    return now;
  auto found = accounts_.find(account);
  if (found == accounts_.end() || now - found->second.last > rules.memory) return now;
  Account& entry = found->second;
  Moment turn = std::max(now, entry.next_turn);
  if (turn > latest) {
    forget_old(rules, now);
    count(network, rules, now);
    return std::nullopt;
  }
  entry.next_turn = turn + delay(rules, entry.failures);
  return turn;
}

Moment Throttle::failed(const std::string& account, const std::string& network,
                        const ThrottleRules& rules, Moment now) {
  forget_old(rules, now);
  Account& entry = accounts_[account];
  if (now - entry.last > rules.memory) entry = Account{};
  entry.failures++;
  entry.last = now;
  auto wait = delay(rules, entry.failures);
  entry.next_turn = std::max(entry.next_turn, now + wait);
  return now + std::max(wait, delay(rules, count(network, rules, now)));
}

// Failures in a row of the peer, with this one; 0 for a peer without an address.
int64_t Throttle::count(const std::string& network, const ThrottleRules& rules, Moment now) {
  if (network.empty()) return 0;
  Peer& peer = peers_[network];
  if (now - peer.last > rules.memory) peer.in_a_row = 0;
  if (now - peer.minute_began >= minutes(1)) {
    peer.minute_began = now;
    peer.in_minute = 0;
  }
  if (now - peer.day_began >= day) {
    peer.day_began = now;
    peer.in_day = 0;
  }
  peer.last = now;
  peer.in_a_row++;
  peer.in_minute++;
  peer.in_day++;
  return peer.in_a_row;
}

// A right password clears the account. The peer keeps its count: one who has an account here must
// not clear his guesses at others by it.
void Throttle::succeeded(const std::string& account, const std::string& network) {
  accounts_.erase(account);
  if (network.empty()) return;
  if (homes_.size() >= most_entries && !homes_.contains(account)) homes_.erase(homes_.begin());
  auto& homes = homes_[account];
  std::erase(homes, network);
  if (homes.size() >= most_homes) homes.erase(homes.begin());
  homes.push_back(network);
}

void Throttle::forget_old(const ThrottleRules& rules, Moment now) {
  // Invented names by the hundred thousand: any may go, memory must not grow.
  if (accounts_.size() >= most_entries) accounts_.erase(accounts_.begin());
  if (peers_.size() >= most_entries) peers_.erase(peers_.begin());
  if (now - swept_ < minutes(1)) return;
  swept_ = now;
  std::erase_if(accounts_, [&](const auto& e) { return now - e.second.last > rules.memory; });
  std::erase_if(peers_, [&](const auto& e) { return now - e.second.day_began > day; });
}

}  // namespace tegu::router
