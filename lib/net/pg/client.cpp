#include "net/pg/client.h"

#include <algorithm>
#include <random>

#include "net/pg/listener.h"
#include "net/pg/pool.h"

namespace tegu::net::pg {

static const Statement outcome_statement = {"pg.outcome", "SELECT pg_xact_status($1::text::xid8)",
                                            true};

struct Client::Parts {
  Parts(io::Loop& loop, Config given)
      : loop(loop),
        config(std::move(given)),
        targets(parse_targets(config.conninfo, config.application_name)),
        shared(loop, config, targets),
        exclusive(loop, config, targets),
        notifier(loop, config, targets) {}

  io::Loop& loop;
  Config config;
  std::vector<Target> targets;
  SharedPool shared;
  ExclusivePool exclusive;
  Notifier notifier;
};

Client::Client(io::Loop& loop, Config config)
    : parts_(std::make_unique<Parts>(loop, std::move(config))) {}
Client::~Client() = default;

io::Task<std::vector<Rows>> Client::batch(std::vector<Call> calls, io::Deadline deadline) {
  if (calls.empty()) bug("pg: an empty batch");
  auto request = std::make_shared<Request>(std::move(calls));
  co_await parts_->shared.run(request, deadline);
  co_return std::move(request->rows);
}

io::Task<Rows> Client::query(const Statement& statement, Params params, io::Deadline deadline) {
  std::vector<Call> calls;
  calls.push_back({&statement, std::move(params)});
  auto rows = co_await batch(std::move(calls), deadline);
  co_return std::move(rows.front());
}

io::Task<Transaction> Client::begin(io::Deadline deadline) {
  Connection* connection = co_await parts_->exclusive.borrow(deadline);
  co_return Transaction(parts_->exclusive, *connection);
}

void Client::keep_warm(std::vector<Call> calls) {
  parts_->shared.keep_warm(std::move(calls));
}

io::Task<void> Client::listen(
    std::vector<std::string> channels,
    std::function<void(std::string_view channel, std::string_view payload)> on_notify,
    std::function<void()> on_connect) {
  Listener listener(parts_->loop, parts_->config, parts_->targets, std::move(channels));
  for (;;) {
    Listener::Note note = co_await listener.next();
    if (note.channel.empty()) {
      on_connect();
    } else {
      on_notify(note.channel, note.payload);
    }
  }
}

io::Task<void> Client::notify(std::string channel, std::string payload) {
  parts_->notifier.add(std::move(channel), std::move(payload));
  co_return;
}

io::Task<XactStatus> Client::outcome(int64_t transaction_id) {
  Params params;
  params.text(std::to_string(transaction_id));
  Rows rows = co_await query(outcome_statement, std::move(params));
  auto status = rows.one().text_or_null(0);
  if (!status) co_return XactStatus::forgotten;
  if (*status == "committed") co_return XactStatus::committed;
  if (*status == "aborted") co_return XactStatus::aborted;
  co_return XactStatus::in_progress;
}

Load Client::load() const {
  return {parts_->shared.connected(), parts_->shared.in_flight(), parts_->shared.waiting(),
          parts_->exclusive.borrowed()};
}

size_t Client::exclusive_connections() const {
  return std::max<size_t>(parts_->config.exclusive_connections, 1);
}

std::optional<std::chrono::milliseconds> detail::conflict_pause(int tries, io::Deadline give_up) {
  constexpr int most_tries = 10;
  if (tries >= most_tries || io::Clock::now() >= give_up) return std::nullopt;
  static thread_local std::minstd_rand generator(std::random_device{}());
  int half = 5 << std::min(tries - 1, 6);
  return std::chrono::milliseconds(half / 2 +
                                   std::uniform_int_distribution<int>(0, half)(generator));
}

}  // namespace tegu::net::pg
