// A peer that follows a script: it waits for exactly the expected bytes and then replies. It can
// fail at any step, in any way, so that a session is run again failing at every step.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "io/error.h"
#include "io/stream.h"

namespace tegu::tests {

struct ScriptStep {
  std::string expect;  // all that is written before the reply; empty: the peer speaks first
  std::string reply;
};
using Script = std::vector<ScriptStep>;

enum class ScriptFailure { none, closes, resets, times_out, write_fails, replies };

struct ScriptPlan {
  size_t fail_at = SIZE_MAX;  // step
  ScriptFailure failure = ScriptFailure::none;
  std::string reply = {};  // of ScriptFailure::replies, in place of the script's
  size_t piece = 1 << 20;  // octets a read gives at most
};

// What happened, outliving the stream.
struct ScriptLog {
  size_t steps = 0;       // completed
  std::string problem;    // the first deviation from the script
  std::string unmatched;  // written and not (yet) what a step expects
  bool closed = false;
};

class ScriptStream : public io::Stream {
 public:
  ScriptStream(Script script, ScriptLog& log, ScriptPlan plan = {}, io::TlsFacts tls = {})
      : script_(std::move(script)), log_(log), plan_(plan), tls_(std::move(tls)) {}

  io::Task<size_t> read_some(std::span<char> into, io::Deadline) override {
    if (outbox_.empty()) {
      if (log_.steps == script_.size() && !failed_) {
        log_.problem = "reads after the script's end; wrote: " + log_.unmatched;
        throw io::TimedOut("script: end");
      }
      if (!failed_) step();
    }
    if (outbox_.empty()) {
      if (!failed_)
        log_.problem = "wanted: " + script_[log_.steps].expect + "\ngot: " + log_.unmatched;
      if (plan_.failure == ScriptFailure::closes) co_return 0;
      if (plan_.failure == ScriptFailure::resets) throw io::ConnectionLost("script: reset");
      throw io::TimedOut("script: no answer");
    }
    size_t count = std::min({into.size(), outbox_.size(), plan_.piece});
    std::copy_n(outbox_.begin(), count, into.begin());
    outbox_.erase(0, count);
    co_return count;
  }

  io::Task<void> write_all(std::string_view bytes, io::Deadline) override {
    if (log_.steps == plan_.fail_at && plan_.failure == ScriptFailure::write_fails)
      throw io::ConnectionLost("script: write");
    log_.unmatched += bytes;
    co_return;
  }

  io::Task<void> close() override {
    log_.closed = true;
    co_return;
  }
  io::TlsFacts tls() const override { return tls_; }

 private:
  // One step, when all that it expects was written.
  void step() {
    const ScriptStep& next = script_[log_.steps];
    if (!log_.unmatched.starts_with(next.expect)) return;
    log_.unmatched.erase(0, next.expect.size());
    if (log_.steps == plan_.fail_at) {
      failed_ = true;
      if (plan_.failure == ScriptFailure::replies) outbox_ = plan_.reply;
      return;
    }
    log_.steps++;
    outbox_ += next.reply;
  }

  Script script_;
  ScriptLog& log_;
  ScriptPlan plan_;
  io::TlsFacts tls_;
  std::string outbox_;
  bool failed_ = false;
};

}  // namespace tegu::tests
