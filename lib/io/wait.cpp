#include "io/wait.h"

#include "io/loop.h"

namespace tegu::io {

Wait::~Wait() {
  if (!environment_) return;
  // The frame is destroyed while it sleeps: only at the end of a loop that will not run again.
  if (environment_->current == this) environment_->current = nullptr;
  environment_->loop->forget(*this);
}

bool Wait::suspend(std::coroutine_handle<> caller, Environment& environment) {
  if (environment.cancelled && cancellable_) {
    end_ = End::cancelled;
    return false;
  }
  caller_ = caller;
  environment_ = &environment;
  environment.current = this;
  if (queue_) queue_->push_back(*this);
  if (deadline != never) environment.loop->add(*this);
  return true;
}

void Wait::finish(End end) {
  if (end_ != End::pending || !environment_) return;
  end_ = end;
  environment_->current = nullptr;
  unlink();
  environment_->loop->wake(*this);
}

Wait yield() {
  return Wait(nullptr, Clock::now());
}

}  // namespace tegu::io
