// Digests (model/mailbox/digest.h) that were used lately, packed as they are stored, for all loops
// of the process. Letters never change, so nothing in here goes out of date. Thread-safe.
#pragma once
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

namespace tegu::imapd {

// Owners: the cache, and who unpacks it now.
using PackedDigest = std::shared_ptr<const std::string>;

class DigestCache {
 public:
  using Key = std::tuple<int64_t, int64_t, uint32_t>;  // account, mailbox, first UID

  // Null when it is not here.
  PackedDigest find(const Key& key);
  // Keeps at most `limit` octets in all; 0: nothing.
  void put(const Key& key, PackedDigest digest, size_t limit);
  void drop(const Key& key);
  size_t octets() const;

 private:
  struct Entry {
    Key key;
    PackedDigest digest;
  };
  static size_t weight(const Entry& entry) { return entry.digest->size() + 200; }
  void erase(std::list<Entry>::iterator entry);

  mutable std::mutex lock_;   // guards all below
  std::list<Entry> entries_;  // the last used at the front
  std::map<Key, std::list<Entry>::iterator> places_;
  size_t octets_ = 0;
};

}  // namespace tegu::imapd
