// Signals: the process's signals as values on one loop. At most one Signals in a process.
#pragma once
#include <initializer_list>
#include <memory>
#include <vector>

#include "io/sync.h"
#include "io/watch.h"

namespace tegu::io {

class Signals {
 public:
  // From now on these signals only appear here. At its end their former handling comes back.
  Signals(Loop& loop, std::initializer_list<int> numbers);
  Signals(const Signals&) = delete;
  // The next signal's number. Equal ones that come together may appear once.
  Task<int> next();

 private:
  Queue<int> arrived_;
  std::vector<std::unique_ptr<event, detail::EventFree>> events_;
};

}  // namespace tegu::io
