#include "net/pg/listener.h"

#include <event2/event.h>

#include <algorithm>

#include "base/log.h"

namespace tegu::net::pg {

// PostgreSQL refuses payloads of 8000 bytes and more.
static constexpr size_t payload_limit = 7900;
static constexpr size_t gathered_limit = 65536;

static const Statement notify_statement = {
    "pg.notify", "SELECT pg_notify(c, p) FROM unnest($1::text[], $2::text[]) AS n(c, p)"};

static bool is_plain_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
}

Listener::Listener(io::Loop& loop, const Config& config, const std::vector<Target>& targets,
                   std::vector<std::string> channels)
    : connection_(loop, config, targets, *this) {
  for (std::string& name : channels) {
    if (!is_plain_name(name)) bug("pg: a channel is named [a-z0-9_]+");
    Channel& channel = channels_.emplace_back();
    channel.name = "pg.listen." + name;
    channel.sql = "LISTEN " + name;
    channel.statement = {channel.name.c_str(), channel.sql.c_str()};
  }
  connection_.open();
}

Listener::~Listener() {
  connection_.close();
}

void Listener::connection_ready(Connection& connection) {
  std::vector<Call> calls;
  for (Channel& channel : channels_) calls.push_back({&channel.statement, {}});
  connection.send(std::make_shared<Request>(std::move(calls)));
}

void Listener::request_ended(Connection& connection, const RequestPtr& request, bool again) {
  if (again) {
    if (connection.ready()) connection.send(request);
    return;
  }
  if (request->refused) {
    base::log::error("pg.listen_failed", {{"reason", request->refused->what()}});
    return;
  }
  // A WARNING beside it, such as that another server process crashed, says nothing against it.
  notes_.push({});
}

void Listener::notified(Connection&, std::string_view channel, std::string_view payload) {
  notes_.push({std::string(channel), std::string(payload)});
}

io::Task<Listener::Note> Listener::next() {
  auto note = co_await notes_.pop();
  co_return std::move(*note);
}

// ---- Notifier

void Notifier::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

Notifier::Notifier(io::Loop& loop, const Config& config, const std::vector<Target>& targets)
    : config_(config), connection_(loop, config, targets, *this) {
  timer_.reset(event_new(
      loop.native(), -1, 0,
      [](int, short, void* self) noexcept {
        static_cast<Notifier*>(self)->timer_runs_ = false;
        static_cast<Notifier*>(self)->send();
      },
      this));
}

Notifier::~Notifier() {
  connection_.close();
}

void Notifier::add(std::string channel, std::string payload) {
  if (!is_plain_name(channel) || payload.size() > payload_limit) bug("pg: notification");
  if (count_ >= gathered_limit) return;  // listeners poll: late, not lost
  connection_.open();
  gathered_[std::move(channel)].push_back(std::move(payload));
  count_++;
  if (timer_runs_) return;
  timer_runs_ = true;
  // The first one after a silence goes at once, with what else this turn of the loop tells.
  auto pause = sent_at_ + config_.notify_gather - io::Clock::now();
  timeval time{};
  time.tv_usec =
      std::max<int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(pause).count(), 0);
  event_add(timer_.get(), &time);
}

// One statement in flight; what comes meanwhile goes with the next.
void Notifier::send() {
  if (gathered_.empty() || !connection_.ready() || connection_.in_flight() > 0) return;
  std::vector<std::string> channels, payloads;
  for (auto& [channel, gathered] : gathered_) {
    for (std::string& joined : join_payloads(std::move(gathered), payload_limit)) {
      channels.push_back(channel);
      payloads.push_back(std::move(joined));
    }
  }
  gathered_.clear();
  count_ = 0;
  sent_at_ = io::Clock::now();
  Params params;
  params.texts(channels).texts(payloads);
  std::vector<Call> calls;
  calls.push_back({&notify_statement, std::move(params)});
  connection_.send(std::make_shared<Request>(std::move(calls)));
}

void Notifier::request_ended(Connection& connection, const RequestPtr& request, bool again) {
  if (again && connection.ready()) return connection.send(request);
  if (request->error) {
    base::log::warn("pg.notify_failed", {{"reason", request->refused ? request->refused->what()
                                                                     : "the server warned"}});
  }
  send();
}

void Notifier::connection_lost(Connection&, std::vector<RequestPtr> unanswered,
                               const std::string& reason) {
  if (unanswered.empty()) return;
  base::log::warn("pg.notify_lost", {{"reason", reason}});
}

std::vector<std::string> join_payloads(std::vector<std::string> payloads, size_t limit) {
  std::ranges::sort(payloads);
  auto repeated = std::ranges::unique(payloads);
  payloads.erase(repeated.begin(), repeated.end());
  std::vector<std::string> joined;
  for (std::string& payload : payloads) {
    if (!joined.empty() && joined.back().size() + 1 + payload.size() <= limit) {
      joined.back() += "," + payload;
    } else {
      joined.push_back(std::move(payload));
    }
  }
  return joined;
}

}  // namespace tegu::net::pg
