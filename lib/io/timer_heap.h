// The deadlines of one loop: a binary heap of Timers that live in their owners.
#pragma once
#include <vector>

#include "io/wait.h"

namespace tegu::io {

class TimerHeap {
 public:
  void add(Wait& wait);
  void remove(Wait& wait);  // no-op when it is not in the heap
  Wait* earliest() const { return heap_.empty() ? nullptr : heap_.front(); }

 private:
  void place(size_t at, Wait& wait);
  void rise(size_t at);
  void sink(size_t at);
  std::vector<Wait*> heap_;
};

}  // namespace tegu::io
