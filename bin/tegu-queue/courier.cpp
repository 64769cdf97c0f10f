#include "courier.h"

#include <algorithm>

#include "base/text.h"
#include "io/error.h"
#include "letter_source.h"
#include "mail_hosts.h"

namespace tegu::queue {
namespace {

using net::smtp::Outcome;
using net::smtp::own_outcome;
using net::smtp::TlsPolicy;
using Failure = std::unexpected<Outcome>;

constexpr std::chrono::seconds dns_limit{60};

// "192.0.2.1", "2001:db8::1", "[192.0.2.1]", "[IPv6:2001:db8::1]"
std::optional<io::Endpoint> literal(std::string_view host, uint16_t port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.starts_with("IPv6:")) host.remove_prefix(5);
  return io::Endpoint::from_address(host, port);
}

io::Endpoint source_for(const io::Endpoint& peer, const Policy& policy) {
  for (const io::Endpoint& source : policy.sources) {
    if (source.is_v4() == peer.is_v4()) return source;
  }
  return {};
}

TlsPolicy tls_policy(const Hop& hop, const Policy& policy) {
  if (hop.kind == Hop::Kind::unix_socket) return TlsPolicy::never;
  bool strict = std::ranges::any_of(policy.tls_domains, [&](const std::string& domain) {
    return base::iequals(domain, hop.host);
  });
  return strict ? TlsPolicy::required : TlsPolicy::opportunistic;
}

}  // namespace

io::Task<Courier::Targets> Courier::targets(const Hop& hop, const Policy& policy) {
  if (hop.kind == Hop::Kind::unix_socket) co_return std::vector{Target{hop.host, {}}};
  if (auto address = literal(hop.host, hop.port)) co_return std::vector{Target{hop.host, *address}};
  io::Deadline deadline = io::after(dns_limit);
  bool mx = hop.kind == Hop::Kind::mx;
  net::dns::MailHosts answer =
      mx ? co_await net::dns::mx_hosts(resolver_, hop.host, deadline)
         : co_await net::dns::host_addresses(resolver_, hop.host, deadline);
  auto hosts = hosts_to_try(hop.host, std::move(answer), mx ? policy.host_name : std::string());
  if (!hosts) {
    // A next hop that an administrator named is not gone for ever when its name is.
    if (!mx) hosts.error() = own_outcome("4.4.4", hosts.error().text);
    co_return Failure(hosts.error());
  }
  std::vector<Target> out;
  for (const auto& host : *hosts) {
    for (const io::Endpoint& address : host.addresses)
      out.push_back({host.name, address.with_port(hop.port)});
  }
  if (out.size() > policy.addresses) out.resize(policy.addresses);
  co_return out;
}

io::Task<std::expected<Line, Outcome>> Courier::connect(Hop hop, Policy policy) {
  auto all = co_await targets(hop, policy);
  if (!all) co_return Failure(all.error());
  Outcome last = own_outcome("4.4.4", "there is no host to try");
  for (const Target& target : *all) {
    auto line = co_await greet(hop, target, policy);
    if (line) co_return std::move(*line);
    last = line.error();
  }
  co_return Failure(last);
}

io::Task<std::unique_ptr<io::Stream>> Courier::open(const Hop& hop, io::Endpoint peer,
                                                    const Policy& policy) {
  io::Deadline deadline = io::after(policy.connect_timeout);
  if (hop.kind == Hop::Kind::unix_socket)
    co_return co_await network_.connect_unix(hop.host, deadline);
  co_return co_await network_.connect(peer, source_for(peer, policy), deadline);
}

io::Task<std::expected<Line, Outcome>> Courier::greet(const Hop& hop, const Target& target,
                                                      const Policy& policy) {
  net::smtp::Options options;
  options.host_name = policy.host_name;
  options.server_name = target.host;
  options.lmtp = hop.lmtp;
  options.timeouts = policy.timeouts;
  options.tls = tls_policy(hop, policy);
  options.start_tls = [&network = network_, verify = options.tls == TlsPolicy::required](
                          std::unique_ptr<io::Stream> plain, std::string name,
                          io::Deadline deadline) {
    return network.start_tls(std::move(plain), std::move(name), verify, deadline);
  };
  Outcome failure;
  for (bool again = true; again;) {
    again = false;
    try {
      Line line;
      line.host = target.host;
      line.peer = target.address ? target.address.text() : hop.host;
      auto stream = co_await open(hop, target.address, policy);
      line.client = std::make_unique<net::smtp::Client>(std::move(stream), options);
      auto refused = co_await line.client->start();
      if (!refused) co_return std::move(line);
      co_await line.client->quit();
      failure = *refused;
      // A host that turns us away today may let us in tomorrow.
      failure.kind = Outcome::Kind::temporary;
      if (failure.status.starts_with('5')) failure.status[0] = '4';
    } catch (const net::smtp::TlsFailed& error) {
      failure = own_outcome("4.7.5", target.host + ": " + error.what());
      // RFC 7435: bad TLS is no worse than none, as long as nobody asked for it.
      again = options.tls == TlsPolicy::opportunistic;
      options.tls = TlsPolicy::never;
    } catch (const base::Error& error) {
      failure = own_outcome("4.4.1", target.host + ": " + error.what());
    }
  }
  co_return Failure(failure);
}

io::Task<Carried> Courier::carry(Line& line, const QueuedLetter& letter,
                                 const std::vector<QueuedRecipient>& recipients,
                                 const std::function<io::Task<bool>()>& may_finish) {
  Carried carried;
  LetterSource source(ledger_, letter.content, letter.facts.size, may_finish);
  if (auto problem = co_await source.open()) {
    carried.outcomes.assign(recipients.size(), own_outcome("4.3.0", *problem));
    co_return carried;
  }
  net::smtp::Letter sent;
  sent.reverse_path = letter.facts.sender;
  sent.ret = letter.facts.ret;
  sent.envid = letter.facts.envid;
  sent.smtputf8 = letter.facts.smtputf8;
  sent.body = letter.body;
  sent.size = source.size();
  for (const QueuedRecipient& recipient : recipients) {
    sent.receivers.push_back({.address = recipient.pending.address,
                              .notify = recipient.pending.notify,
                              .original = recipient.pending.original});
  }
  line.letters++;
  carried.outcomes = co_await line.client->send(sent, source);
  carried.host = line.host;
  carried.dsn = line.client->peer().dsn;
  co_return carried;
}

}  // namespace tegu::queue
