// UnboundResolver: the Resolver that really asks, by libunbound. The library resolves, validates
// and caches in a thread of its own; answers come back through a descriptor that our loop watches.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "io/loop.h"
#include "net/dns/resolver.h"

namespace tegu::net::dns {

struct UnboundSettings {
  // Resolvers to ask, "192.0.2.53:53" or "[::1]:5353"; empty: those of /etc/resolv.conf, and
  // without any from the root downwards.
  std::vector<std::string> servers;
  // File with the root's DNSKEY or DS. With it answers are validated, and bogus ones are temporary
  // failures, so the servers must pass signatures on. Empty: nothing is ever `secure`.
  std::string trust_anchor_file;

  bool operator==(const UnboundSettings&) const = default;
};

// The root's anchor where Debian keeps it, or empty.
std::string system_trust_anchor_file();

// Belongs to one loop. Every question must have ended before its end.
class UnboundResolver : public Resolver {
 public:
  // Throws UsageError on a server that is no address or an anchor that cannot be read.
  UnboundResolver(io::Loop& loop, UnboundSettings settings);
  ~UnboundResolver() override;
  // Questions from now on are asked so; those on their way end as they began. Nothing to do when
  // it is so already. Throws as the constructor does, and nothing has changed then.
  void follow(UnboundSettings settings);
  io::Task<Answer<std::string>> ask(std::string name, Type type, io::Deadline deadline) override;

 private:
  struct Library;
  io::Loop& loop_;
  UnboundSettings settings_;
  std::shared_ptr<Library> library_;  // the questions that were asked of it own it too
};

}  // namespace tegu::net::dns
