#include "net/dns/resolver.h"

#include <algorithm>
#include <functional>

namespace tegu::net::dns {

std::string_view status_name(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::no_domain:
      return "no such domain";
    case Status::no_data:
      return "no such record";
    case Status::temporary:
      return "temporary failure";
  }
  return "?";
}

template <class Record>
static io::Task<Answer<Record>> ask_and_parse(
    Resolver& resolver, std::string name, Type type, io::Deadline deadline,
    std::function<std::optional<Record>(std::string_view)> parse) {
  Answer<Record> answer;
  if (!is_askable(name)) {
    answer.status = Status::no_domain;
    answer.reason = "not a domain name";
    co_return answer;
  }
  Answer<std::string> raw = co_await resolver.ask(std::move(name), type, deadline);
  answer.status = raw.status;
  answer.secure = raw.secure;
  answer.canonical = std::move(raw.canonical);
  answer.reason = std::move(raw.reason);
  for (auto& rdata : raw.records) {
    if (answer.records.size() == record_limit) break;
    if (auto record = parse(rdata)) answer.records.push_back(std::move(*record));
  }
  if (answer.status == Status::ok && answer.records.empty()) {
    answer.status = Status::temporary;
    answer.reason = "malformed records";
  }
  co_return answer;
}

static std::optional<io::Endpoint> parse_a(std::string_view rdata) {
  return parse_address(Type::a, rdata);
}
static std::optional<io::Endpoint> parse_aaaa(std::string_view rdata) {
  return parse_address(Type::aaaa, rdata);
}

io::Task<Answer<io::Endpoint>> Resolver::a(std::string name, io::Deadline deadline) {
  return ask_and_parse<io::Endpoint>(*this, std::move(name), Type::a, deadline, parse_a);
}
io::Task<Answer<io::Endpoint>> Resolver::aaaa(std::string name, io::Deadline deadline) {
  return ask_and_parse<io::Endpoint>(*this, std::move(name), Type::aaaa, deadline, parse_aaaa);
}
io::Task<Answer<Mx>> Resolver::mx(std::string name, io::Deadline deadline) {
  auto answer = co_await ask_and_parse<Mx>(*this, std::move(name), Type::mx, deadline, parse_mx);
  std::sort(answer.records.begin(), answer.records.end(),
            [](const Mx& a, const Mx& b) { return a.preference < b.preference; });
  co_return answer;
}
io::Task<Answer<std::string>> Resolver::txt(std::string name, io::Deadline deadline) {
  return ask_and_parse<std::string>(*this, std::move(name), Type::txt, deadline, parse_txt);
}
io::Task<Answer<Tlsa>> Resolver::tlsa(std::string name, io::Deadline deadline) {
  return ask_and_parse<Tlsa>(*this, std::move(name), Type::tlsa, deadline, parse_tlsa);
}
io::Task<Answer<std::string>> Resolver::ptr(io::Endpoint address, io::Deadline deadline) {
  return ask_and_parse<std::string>(*this, reverse_name(address), Type::ptr, deadline, parse_name);
}

}  // namespace tegu::net::dns
