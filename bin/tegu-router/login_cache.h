// Remembers right logins for a short time, so that a client with five connections costs one hash.
// Kept are digests under a key of this process that never leaves it, never passwords.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "io/deadline.h"

namespace tegu::router {

class LoginCache {
 public:
  LoginCache();
  ~LoginCache();
  LoginCache(const LoginCache&) = delete;

  // HMAC-SHA-256 over account and password.
  std::string digest(base::AccountId account, std::string_view password) const;
  bool knows(base::AccountId account, const std::string& digest, io::Deadline now) const;
  // Counts forget() and clear(): take it before the hashes are read.
  uint64_t changes() const { return changes_; }
  // Not when anything has changed since `changes`: it may have been this password.
  void remember(base::AccountId account, std::string digest, io::Deadline until, uint64_t changes);
  // Its credentials or state have changed.
  void forget(base::AccountId account) {
    entries_.erase(account.value);
    changes_++;
  }
  void clear() {
    entries_.clear();
    changes_++;
  }
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string digest;
    io::Deadline until;
  };
  std::string key_;
  uint64_t changes_ = 0;
  std::unordered_map<int64_t, std::vector<Entry>> entries_;
};

}  // namespace tegu::router
