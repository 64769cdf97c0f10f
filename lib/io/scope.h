// Scope: the owner of background tasks. Nothing runs outside one.
//
// A task that ends by an exception (other than Cancelled) cancels its siblings, and join() throws
// that exception: tasks that serve independent peers catch what is theirs. A Scope must be joined
// before it is destroyed (also after cancel()); a destructor cannot await, so forgetting it is a
// bug(). All calls happen on the loop's thread.
#pragma once
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>

#include "io/list.h"
#include "io/task.h"
#include "io/wait.h"

namespace tegu::io {

class Scope {
 public:
  explicit Scope(Loop& loop) : loop_(loop) {}
  ~Scope();
  Scope(const Scope&) = delete;

  // Starts the task at once; it runs to its first wait before spawn() returns.
  void spawn(Task<void> task);
  // Wakes every task with Cancelled at its wait and at each wait after it; new tasks start
  // cancelled.
  void cancel();
  bool cancelled() const { return cancelled_; }
  size_t size() const { return size_; }

  // Until all tasks have ended; throws the first one's exception. When the joining coroutine is
  // itself cancelled, the tasks are cancelled, awaited, and then Cancelled is thrown.
  Task<void> join();
  // cancel() and join(), for the end of a function.
  Task<void> close();
  // Awaits `body` in the caller's own chain, then close()s, also when the body threw or was
  // cancelled: co_return co_await scope.enclose(serve(scope, ...)). Throws the body's exception, or
  // else the first one of the tasks.
  template <class T>
  Task<T> enclose(Task<T> body);

  Loop& loop() const { return loop_; }

 private:
  struct Root;
  void ended(std::exception_ptr error);

  Loop& loop_;
  List<Root> roots_;
  Wait::Queue joiners_;
  size_t size_ = 0;
  bool cancelled_ = false;
  std::exception_ptr error_;
};

template <class T>
Task<T> Scope::enclose(Task<T> body) {
  std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> result;
  std::exception_ptr error;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
    } else {
      result.emplace(co_await std::move(body));
    }
  } catch (...) {
    error = std::current_exception();
  }
  try {
    co_await close();
  } catch (...) {
    if (!error) throw;
  }
  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<T>) co_return std::move(*result);
}

}  // namespace tegu::io
