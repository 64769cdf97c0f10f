#include "base/failpoint.h"

#ifdef TEGU_FAILPOINTS

#include <signal.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/text.h"

namespace tegu::base {
namespace {

constexpr std::chrono::milliseconds nap{500};

enum class Action { kill, sleep, error };

struct Armed {
  std::string name;
  int passages;  // that are left until it acts
  Action action;
};

// Of the whole process: places are anywhere in it, and hand nothing down to each other.
std::mutex lock;
std::vector<Armed> armed;
std::atomic<bool> any = false;

Action action_of(std::string_view word) {
  if (word == "kill") return Action::kill;
  if (word == "sleep") return Action::sleep;
  if (word == "error") return Action::error;
  throw UsageError("failpoint: kill, sleep or error, not \"" + std::string(word) + "\"");
}

Armed parse(std::string_view text) {
  size_t first = text.find(':'), last = text.rfind(':');
  if (first == last) throw UsageError("failpoint: wants name:n:kill|sleep|error");
  auto passages = parse_number<int>(text.substr(first + 1, last - first - 1));
  if (!passages || *passages < 1) throw UsageError("failpoint: n is a number from 1");
  return {std::string(text.substr(0, first)), *passages, action_of(text.substr(last + 1))};
}

std::optional<Action> due(std::string_view name) {
  std::lock_guard held(lock);
  for (size_t i = 0; i < armed.size(); i++) {
    if (armed[i].name != name || --armed[i].passages > 0) continue;
    Action action = armed[i].action;
    armed.erase(armed.begin() + static_cast<std::ptrdiff_t>(i));
    any = !armed.empty();
    return action;
  }
  return std::nullopt;
}

}  // namespace

void arm_failpoints(std::string_view list) {
  std::vector<Armed> fresh;
  for (std::string_view text : split(list, ',')) {
    if (!list.empty()) fresh.push_back(parse(text));
  }
  std::lock_guard held(lock);
  armed = std::move(fresh);
  any = !armed.empty();
}

bool pass_failpoint(std::string_view name) {
  if (!any.load(std::memory_order_relaxed)) return false;
  auto action = due(name);
  if (!action) return false;
  if (*action == Action::kill) ::raise(SIGKILL);
  if (*action == Action::sleep) std::this_thread::sleep_for(nap);
  return *action == Action::error;
}

}  // namespace tegu::base

#endif
