#include "io/loop.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "io/scope.h"

namespace tegu::io {

struct EventFree {
  void operator()(event* e) const noexcept { event_free(e); }
};
using EventPtr = std::unique_ptr<event, EventFree>;

struct Loop::Events {
  EventPtr wake, timer, ready;
};

void Loop::BaseFree::operator()(event_base* base) const noexcept {
  event_base_free(base);
}

Loop::Loop() : base_(event_base_new()), events_(std::make_unique<Events>()) {
  if (!base_) throw base::Error("libevent: no event base");
  wake_fd_ = base::Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd_) base::throw_errno("eventfd");
  events_->wake.reset(event_new(
      base_.get(), wake_fd_.get(), EV_READ | EV_PERSIST,
      [](int, short, void* self) noexcept { static_cast<Loop*>(self)->run_posted(); }, this));
  events_->timer.reset(event_new(
      base_.get(), -1, 0,
      [](int, short, void* self) noexcept { static_cast<Loop*>(self)->expire(); }, this));
  events_->ready.reset(event_new(
      base_.get(), -1, 0,
      [](int, short, void* self) noexcept { static_cast<Loop*>(self)->run_ready(); }, this));
  event_add(events_->wake.get(), nullptr);
}

Loop::~Loop() {
  events_.reset();
}

void Loop::run() {
  schedule_ready();
  if (event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY) < 0) {
    throw base::Error("libevent: the event loop failed");
  }
}

void Loop::stop() {
  post([this] { event_base_loopbreak(base_.get()); });
}

void Loop::post(std::function<void()> work) {
  // The descriptor is written under the lock: once the work has run, the Loop may be gone.
  std::lock_guard lock(posted_lock_);
  posted_.push_back(std::move(work));
  if (posted_.size() > 1) return;
  const uint64_t one = 1;
  // The counter cannot overflow in practice; a full one already wakes the loop.
  [[maybe_unused]] ssize_t written = ::write(wake_fd_.get(), &one, sizeof one);
}

void Loop::run_posted() {
  uint64_t count;
  [[maybe_unused]] ssize_t got = ::read(wake_fd_.get(), &count, sizeof count);
  std::vector<std::function<void()>> work;
  {
    std::lock_guard lock(posted_lock_);
    work.swap(posted_);
  }
  for (auto& item : work) item();
}

void Loop::wake(Wait& wait) {
  timers_.remove(wait);
  wait.queued_to_run_ = true;
  ready_.push_back(&wait);
  schedule_ready();
}

void Loop::schedule_ready() {
  if (!ready_.empty() && !running_ready_) event_active(events_->ready.get(), 0, 0);
}

void Loop::run_ready() {
  // Only what is ready now: coroutines that become ready meanwhile let descriptors have their turn.
  // An active event would run again before libevent looks at them; a timeout of zero runs after.
  running_ready_ = true;
  for (size_t count = ready_.size(); count > 0 && !ready_.empty(); count--) {
    Wait* wait = ready_.front();
    ready_.pop_front();
    wait->queued_to_run_ = false;
    wait->environment_ = nullptr;
    wait->caller_.resume();
  }
  running_ready_ = false;
  const timeval at_once{};
  if (!ready_.empty()) event_add(events_->ready.get(), &at_once);
}

void Loop::forget(Wait& wait) {
  timers_.remove(wait);
  if (wait.queued_to_run_) std::erase(ready_, &wait);
}

void Loop::arm_timer() {
  Wait* first = timers_.earliest();
  if (!first) return;
  auto left = std::chrono::ceil<std::chrono::microseconds>(first->deadline - Clock::now());
  left = std::max(left, std::chrono::microseconds(0));
  timeval time{};
  time.tv_sec = left.count() / 1000000;
  time.tv_usec = left.count() % 1000000;
  event_add(events_->timer.get(), &time);
}

void Loop::expire() {
  Deadline now = Clock::now();
  for (Wait* wait = timers_.earliest(); wait && wait->deadline <= now; wait = timers_.earliest()) {
    wait->time_out();
  }
  arm_timer();
}

static Task<void> run_and_stop(Task<void> task, Loop& loop, std::exception_ptr& error) {
  try {
    co_await std::move(task);
  } catch (...) {
    error = std::current_exception();
  }
  loop.stop();
}

void Loop::run_root(Task<void> task) {
  std::exception_ptr error;
  Scope scope(*this);
  scope.spawn(run_and_stop(std::move(task), *this, error));
  run();
  if (error) std::rethrow_exception(error);
}

}  // namespace tegu::io
