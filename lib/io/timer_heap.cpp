#include "io/timer_heap.h"

namespace tegu::io {

void TimerHeap::place(size_t at, Wait& wait) {
  heap_[at] = &wait;
  static_cast<Timer&>(wait).place_ = at + 1;
}

void TimerHeap::add(Wait& wait) {
  heap_.push_back(&wait);
  rise(heap_.size() - 1);
}

void TimerHeap::remove(Wait& wait) {
  size_t& place_of = static_cast<Timer&>(wait).place_;
  if (place_of == 0) return;
  size_t at = place_of - 1;
  place_of = 0;
  Wait* last = heap_.back();
  heap_.pop_back();
  if (last == &wait) return;
  place(at, *last);
  rise(at);
  sink(static_cast<Timer&>(*last).place_ - 1);
}

void TimerHeap::rise(size_t at) {
  Wait* wait = heap_[at];
  for (; at > 0; at = (at - 1) / 2) {
    Wait* parent = heap_[(at - 1) / 2];
    if (parent->deadline <= wait->deadline) break;
    place(at, *parent);
  }
  place(at, *wait);
}

void TimerHeap::sink(size_t at) {
  Wait* wait = heap_[at];
  for (;;) {
    size_t child = at * 2 + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->deadline < heap_[child]->deadline) child++;
    if (wait->deadline <= heap_[child]->deadline) break;
    place(at, *heap_[child]);
    at = child;
  }
  place(at, *wait);
}

}  // namespace tegu::io
