// Waiting for each other within one loop: Event, Queue, Semaphore. Not for other threads
// (Loop::post).
#pragma once
#include <deque>
#include <optional>
#include <utility>

#include "io/wait.h"

namespace tegu::io {

// Stays set until reset; wakes all.
class Event {
 public:
  bool is_set() const { return set_; }
  void set() {
    set_ = true;
    while (!waiting_.empty()) waiting_.front().happen();
  }
  void reset() { set_ = false; }
  // co_await event.wait(deadline): false when the deadline passed first.
  Wait wait(Deadline deadline = never) { return Wait(&waiting_, deadline, set_); }

 private:
  bool set_ = false;
  Wait::Queue waiting_;
};

// Wakes those who wait now, nobody later: "something changed, look again".
class Signal {
 public:
  void notify_all() {
    while (!waiting_.empty()) waiting_.front().happen();
  }
  // The one that has waited longest.
  void notify_one() {
    if (!waiting_.empty()) waiting_.front().happen();
  }
  Wait wait(Deadline deadline = never) { return Wait(&waiting_, deadline); }

 private:
  Wait::Queue waiting_;
};

// First in, first out, unbounded: bound it where the items come from.
template <class T>
class Queue {
 public:
  void push(T item) {
    items_.push_back(std::move(item));
    pushed_.notify_one();
  }
  // Nothing when the deadline passed first.
  Task<std::optional<T>> pop(Deadline deadline = never) {
    while (items_.empty()) {
      if (!co_await pushed_.wait(deadline)) co_return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    co_return item;
  }
  std::optional<T> try_pop() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }
  size_t size() const { return items_.size(); }

 private:
  std::deque<T> items_;
  Signal pushed_;
};

// `count` permits. Waiters are woken in order of arrival. A Permit gives itself back at its end.
class Semaphore {
 public:
  explicit Semaphore(size_t count) : free_(count) {}

  class Permit {
   public:
    Permit() = default;
    explicit Permit(Semaphore& owner) : owner_(&owner) {}
    Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      release();
      owner_ = std::exchange(other.owner_, nullptr);
      return *this;
    }
    ~Permit() { release(); }
    explicit operator bool() const { return owner_ != nullptr; }
    void release() {
      if (auto* owner = std::exchange(owner_, nullptr)) owner->give_back();
    }

   private:
    Semaphore* owner_ = nullptr;
  };

  // An empty Permit when the deadline passed first.
  Task<Permit> acquire(Deadline deadline = never) {
    while (free_ == 0) {
      waiters_++;
      bool happened = false;
      try {
        happened = co_await freed_.wait(deadline);
      } catch (...) {
        waiters_--;
        throw;
      }
      waiters_--;
      if (!happened && free_ == 0) co_return Permit();
    }
    free_--;
    co_return Permit(*this);
  }
  // While free() is not 0.
  Permit take() {
    free_--;
    return Permit(*this);
  }
  size_t free() const { return free_; }
  size_t waiters() const { return waiters_; }

 private:
  void give_back() {
    free_++;
    freed_.notify_one();
  }
  size_t free_;
  size_t waiters_ = 0;
  Signal freed_;
};

}  // namespace tegu::io
