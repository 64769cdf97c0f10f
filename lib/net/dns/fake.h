// FakeResolver: answers from a map, for tests of everything that asks.
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net/dns/resolver.h"

namespace tegu::net::dns {

// Names are compared without case. A name with any record or alias exists: other types give
// no_data; unknown names give no_domain.
class FakeResolver : public Resolver {
 public:
  FakeResolver& a(const std::string& name, const std::string& address);
  FakeResolver& aaaa(const std::string& name, const std::string& address);
  FakeResolver& mx(const std::string& name, uint16_t preference, const std::string& host);
  FakeResolver& null_mx(const std::string& name);
  FakeResolver& txt(const std::string& name, const std::string& text);
  FakeResolver& tlsa(const std::string& name, const Tlsa& record);
  FakeResolver& ptr(const std::string& address, const std::string& host);
  FakeResolver& cname(const std::string& name, const std::string& target);
  // Any bytes, for malformed answers.
  FakeResolver& raw(const std::string& name, Type type, std::string rdata);
  // This question fails, or is answered only by its deadline.
  FakeResolver& fail(const std::string& name, Type type);
  FakeResolver& hang(const std::string& name, Type type);
  // Answers about this name are validated.
  FakeResolver& secure(const std::string& name);

  io::Task<Answer<std::string>> ask(std::string name, Type type, io::Deadline deadline) override;
  using Resolver::a;
  using Resolver::aaaa;
  using Resolver::mx;
  using Resolver::ptr;
  using Resolver::tlsa;
  using Resolver::txt;

  // Every question so far, "MX example.org".
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  using Key = std::pair<std::string, Type>;
  std::map<Key, std::vector<std::string>> records_;
  std::map<std::string, std::string> aliases_;
  std::set<std::string> known_, secure_;
  std::set<Key> failing_, hanging_;
  std::vector<std::string> asked_;
};

}  // namespace tegu::net::dns
