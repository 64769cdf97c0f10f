#include "io/scope.h"

#include <memory>

#include "io/loop.h"

namespace tegu::io {

// The frame at the bottom of a chain. It destroys itself when the task has ended.
struct Scope::Root : ListNode {
  Root(Scope& scope, Task<void> task) : scope(scope), task(std::move(task)) {
    environment.loop = &scope.loop_;
    environment.cancelled = scope.cancelled_;
  }

  struct Frame {
    struct promise_type {
      Environment* environment;
      promise_type(Root& root) : environment(&root.environment) {}
      Frame get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      void unhandled_exception() noexcept { std::terminate(); }
    };
  };
  static Frame run(Root& root) {
    std::exception_ptr error;
    try {
      co_await std::move(root.task);
    } catch (const Cancelled&) {
    } catch (...) {
      error = std::current_exception();
    }
    Scope& scope = root.scope;
    std::unique_ptr<Root>(&root).reset();
    scope.ended(error);
  }

  Scope& scope;
  Task<void> task;
  Environment environment;
};

Scope::~Scope() {
  if (size_ > 0) bug("scope destroyed while its tasks run");
}

void Scope::spawn(Task<void> task) {
  auto root = std::make_unique<Root>(*this, std::move(task));
  roots_.push_back(*root);
  size_++;
  Root::run(*root.release());  // owned by its own frame from here on
}

void Scope::cancel() {
  cancelled_ = true;
  // Waking only queues the coroutine to run: the list does not change under us.
  List<Root> woken;
  while (!roots_.empty()) {
    Root& root = roots_.front();
    woken.push_back(root);
    root.environment.cancelled = true;
    if (root.environment.current) root.environment.current->cancel();
  }
  while (!woken.empty()) roots_.push_back(woken.front());
}

void Scope::ended(std::exception_ptr error) {
  size_--;
  if (error && !error_) {
    error_ = error;
    cancel();
  }
  if (size_ == 0) {
    while (!joiners_.empty()) joiners_.front().happen();
  }
}

Task<void> Scope::join() {
  bool cancelled = false;
  while (size_ > 0) {
    Wait wait(&joiners_, never);
    if (cancelled) wait.uncancellable();
    try {
      co_await wait;
    } catch (const Cancelled&) {
      cancelled = true;
      cancel();
    }
  }
  if (cancelled) throw Cancelled();
  if (error_) std::rethrow_exception(std::exchange(error_, {}));
}

Task<void> Scope::close() {
  cancel();
  co_await join();
}

}  // namespace tegu::io
