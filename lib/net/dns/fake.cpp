#include "net/dns/fake.h"

#include "base/error.h"
#include "base/text.h"
#include "io/wait.h"

namespace tegu::net::dns {

static std::string key_of(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return base::to_lower(name);
}

static io::Endpoint address_of(const std::string& text) {
  auto address = io::Endpoint::from_address(text, 0);
  if (!address) bug("not an address: " + text);
  return *address;
}

FakeResolver& FakeResolver::raw(const std::string& name, Type type, std::string rdata) {
  known_.insert(key_of(name));
  records_[{key_of(name), type}].push_back(std::move(rdata));
  return *this;
}

FakeResolver& FakeResolver::a(const std::string& name, const std::string& address) {
  return raw(name, Type::a, std::string(address_of(address).bytes()));
}
FakeResolver& FakeResolver::aaaa(const std::string& name, const std::string& address) {
  return raw(name, Type::aaaa, std::string(address_of(address).bytes()));
}
FakeResolver& FakeResolver::mx(const std::string& name, uint16_t preference,
                               const std::string& host) {
  return raw(name, Type::mx, wire_mx({preference, host}));
}
FakeResolver& FakeResolver::null_mx(const std::string& name) {
  return mx(name, 0, "");
}
FakeResolver& FakeResolver::txt(const std::string& name, const std::string& text) {
  return raw(name, Type::txt, wire_txt(text));
}
FakeResolver& FakeResolver::tlsa(const std::string& name, const Tlsa& record) {
  return raw(name, Type::tlsa, wire_tlsa(record));
}
FakeResolver& FakeResolver::ptr(const std::string& address, const std::string& host) {
  return raw(reverse_name(address_of(address)), Type::ptr, wire_name(host));
}
FakeResolver& FakeResolver::cname(const std::string& name, const std::string& target) {
  known_.insert(key_of(name));
  aliases_[key_of(name)] = key_of(target);
  return *this;
}
FakeResolver& FakeResolver::fail(const std::string& name, Type type) {
  failing_.insert({key_of(name), type});
  return *this;
}
FakeResolver& FakeResolver::hang(const std::string& name, Type type) {
  hanging_.insert({key_of(name), type});
  return *this;
}
FakeResolver& FakeResolver::secure(const std::string& name) {
  secure_.insert(key_of(name));
  return *this;
}

io::Task<Answer<std::string>> FakeResolver::ask(std::string name, Type type,
                                                io::Deadline deadline) {
  Key key{key_of(name), type};
  asked_.push_back(std::string(type_name(type)) + " " + key.first);
  Answer<std::string> answer;
  answer.secure = secure_.contains(key.first);
  for (int i = 0; i < 8 && aliases_.contains(key.first); i++) {
    key.first = aliases_[key.first];
    answer.secure &= secure_.contains(key.first);
  }
  answer.canonical = key.first;
  if (hanging_.contains(key)) {
    co_await io::sleep_until(deadline);
    answer.reason = "no answer in time";
  } else if (failing_.contains(key)) {
    answer.reason = "SERVFAIL";
  } else if (auto found = records_.find(key); found != records_.end()) {
    answer.status = Status::ok;
    answer.records = found->second;
  } else {
    answer.status = known_.contains(key.first) ? Status::no_data : Status::no_domain;
    answer.reason = status_name(answer.status);
  }
  co_return answer;
}

}  // namespace tegu::net::dns
