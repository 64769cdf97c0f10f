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
};

// The root's anchor where Debian keeps it, or empty.
std::string system_trust_anchor_file();

// Belongs to one loop. Every question must have ended before its end.
class UnboundResolver : public Resolver {
 public:
  // Throws UsageError on a server that is no address or an anchor that cannot be read.
  UnboundResolver(io::Loop& loop, const UnboundSettings& settings);
  ~UnboundResolver() override;
  io::Task<Answer<std::string>> ask(std::string name, Type type, io::Deadline deadline) override;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace tegu::net::dns
