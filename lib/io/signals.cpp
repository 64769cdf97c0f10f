#include "io/signals.h"

#include <event2/event.h>

#include "io/loop.h"

namespace tegu::io {

Signals::Signals(Loop& loop, std::initializer_list<int> numbers) {
  for (int number : numbers) {
    auto& added = events_.emplace_back(event_new(
        loop.native(), number, EV_SIGNAL | EV_PERSIST,
        [](int arrived, short, void* self) noexcept {
          static_cast<Signals*>(self)->arrived_.push(arrived);
        },
        this));
    if (!added || event_add(added.get(), nullptr) < 0) {
      throw base::Error("libevent: cannot watch signal " + std::to_string(number));
    }
  }
}

Task<int> Signals::next() {
  co_return *co_await arrived_.pop();
}

}  // namespace tegu::io
