// Resolver: questions to the domain name system, and their answers. What answers is the one virtual
// method: libunbound (unbound.h), or a map (fake.h).
#pragma once
#include <string>
#include <vector>

#include "io/deadline.h"
#include "io/task.h"
#include "net/dns/record.h"

namespace tegu::net::dns {

enum class Status {
  ok,         // at least one record
  no_domain,  // NXDOMAIN, or not a name that DNS can hold
  no_data,    // the name exists, without records of this type
  temporary,  // time-out, SERVFAIL, bogus signatures, nonsense: ask again later
};
std::string_view status_name(Status status);

template <class Record>
struct Answer {
  Status status = Status::temporary;
  bool secure = false;          // validated by DNSSEC, also when there is nothing
  std::vector<Record> records;  // at most record_limit
  std::string canonical;        // the name after all CNAMEs; may be the question's
  std::string reason;           // words for a log, when not ok
};

inline constexpr size_t record_limit = 100;

class Resolver {
 public:
  virtual ~Resolver() = default;

  // The record data in wire format. Never throws but Cancelled; a passed deadline is `temporary`.
  // Implementations get askable names only.
  virtual io::Task<Answer<std::string>> ask(std::string name, Type type, io::Deadline deadline) = 0;

  // Typed questions. A name that is not askable is no_domain; malformed records are left out, and
  // only malformed ones are `temporary`.
  io::Task<Answer<io::Endpoint>> a(std::string name, io::Deadline deadline);
  io::Task<Answer<io::Endpoint>> aaaa(std::string name, io::Deadline deadline);
  // By preference, lowest first; equal ones in no order. Null MX (RFC 7505): see is_null_mx().
  io::Task<Answer<Mx>> mx(std::string name, io::Deadline deadline);
  io::Task<Answer<std::string>> txt(std::string name, io::Deadline deadline);
  io::Task<Answer<Tlsa>> tlsa(std::string name, io::Deadline deadline);
  // Host names of an address.
  io::Task<Answer<std::string>> ptr(io::Endpoint address, io::Deadline deadline);
};

// The domain accepts no mail at all (RFC 7505 3).
inline bool is_null_mx(const Answer<Mx>& answer) {
  return answer.records.size() == 1 && answer.records[0].host.empty();
}

}  // namespace tegu::net::dns
