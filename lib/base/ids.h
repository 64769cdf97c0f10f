// Identifiers. Rows have 64-bit numbers with a type each, so that an account id is never passed for
// a mailbox id; sessions and letters on their way have short random names that appear in every log
// line.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace tegu::base {

template <class Tag>
struct Id {
  int64_t value = 0;
  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
};

using DomainId = Id<struct DomainTag>;
using AccountId = Id<struct AccountTag>;
using MailboxId = Id<struct MailboxTag>;
using ContentId = Id<struct ContentTag>;
using QueueItemId = Id<struct QueueItemTag>;

// n bytes from the system's generator.
std::string random_bytes(size_t n);
// n characters of [0-9a-z], about 5.1 bits each; 10 name a session, 16 a message on its way.
std::string random_name(size_t n);

}  // namespace tegu::base

template <class Tag>
struct std::hash<tegu::base::Id<Tag>> {
  size_t operator()(tegu::base::Id<Tag> id) const noexcept {
    return std::hash<int64_t>()(id.value);
  }
};
