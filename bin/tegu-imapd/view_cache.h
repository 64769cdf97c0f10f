// The newest known view of each mailbox that was open lately, for all loops of the process: so one
// mailbox is in memory once (views share their blocks), and opening it again reads only what
// happened since. Thread-safe.
#pragma once
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "store.h"

namespace tegu::imapd {

class ViewCache {
 public:
  using Key = std::pair<int64_t, int64_t>;  // account, mailbox
  // Views of at most so many messages in all are kept (about 60 octets each); the last used is kept
  // in any case.
  explicit ViewCache(size_t most_messages = 500'000) : most_messages_(most_messages) {}

  std::optional<Contents> find(Key key);
  // Unless it knows a newer one.
  void put(Key key, const Contents& contents);
  void drop(Key key);
  size_t size() const;

 private:
  struct Entry {
    Key key;
    Contents contents;
  };
  static size_t weight(const Entry& entry) { return entry.contents.view.size() + 100; }
  void shrink();

  const size_t most_messages_;
  mutable std::mutex lock_;   // guards all below
  std::list<Entry> entries_;  // the last used at the front
  std::map<Key, std::list<Entry>::iterator> places_;
  size_t weight_ = 0;
};

}  // namespace tegu::imapd
