// Brings letters to next hops: finds hosts and addresses, connects, keeps the session for the next
// letter. One Courier a loop; a Line is one session.
#pragma once
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hop.h"
#include "io/sync.h"
#include "ledger.h"
#include "net/dns/mail_hosts.h"
#include "net/smtp/client.h"
#include "outside.h"
#include "policy.h"

namespace tegu::queue {

// A session with a host of the hop, ready for letters.
struct Line {
  std::unique_ptr<net::smtp::Client> client;
  std::string host;  // for logs and reports: "mx1.example.org"
  std::string peer;  // "192.0.2.1:25"
  int letters = 0;   // sent over it
  // Set when what became of the last letter is written down. Owners: the session and who writes.
  std::shared_ptr<io::Event> settled;
};

// What an attempt came to.
struct Carried {
  std::vector<net::smtp::Outcome> outcomes;  // one for each recipient
  std::string host;                          // that answered; empty: none did
  bool dsn = false;                          // the next hop has taken over the duty to report
};

class Courier {
 public:
  Courier(Network& network, net::dns::Resolver& resolver, Ledger& ledger)
      : network_(network), resolver_(resolver), ledger_(ledger) {}

  // The first host that answers properly; else the last failure. The hop is no `route`.
  io::Task<std::expected<Line, net::smtp::Outcome>> connect(Hop hop, Policy policy);

  // Sends one letter. `may_finish` is asked before the final dot; the letter is not sent when it
  // says no.
  io::Task<Carried> carry(Line& line, const QueuedLetter& letter,
                          const std::vector<QueuedRecipient>& recipients,
                          const std::function<io::Task<bool>()>& may_finish);

 private:
  struct Target {
    std::string host;
    io::Endpoint address;  // unspecified: a Unix socket
  };
  using Targets = std::expected<std::vector<Target>, net::smtp::Outcome>;
  io::Task<Targets> targets(const Hop& hop, const Policy& policy);
  io::Task<std::expected<Line, net::smtp::Outcome>> greet(const Hop& hop, const Target& target,
                                                          const Policy& policy);
  io::Task<std::unique_ptr<io::Stream>> open(const Hop& hop, io::Endpoint peer,
                                             const Policy& policy);

  Network& network_;
  net::dns::Resolver& resolver_;
  Ledger& ledger_;
};

}  // namespace tegu::queue
