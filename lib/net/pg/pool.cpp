#include "net/pg/pool.h"

#include <algorithm>

#include "base/log.h"

namespace tegu::net::pg {

static const Statement rollback_statement = {"pg.rollback", "ROLLBACK"};

// A value of each type that types.h knows: a statement that finds nothing does not make the server
// look up how results are written. And a long row: libpq reads as much at a time as its longest row
// was, 16 KB without one, and a large body comes with so many fewer turns of the loop.
static const Statement types_statement = {
    "pg.types",
    "SELECT false, '{}'::bool[], ''::bytea, '{}'::bytea[], 0::int8, '{}'::int8[], 0::int2,"
    " '{}'::int2[], 0::int4, '{}'::int4[], ''::text, '{}'::text[], now(), '{}'::timestamptz[],"
    " repeat(' ', 120000)",
    true};

static std::string name_of(const Request& request) {
  return request.calls.front().statement->name;
}

// ---- SharedPool

SharedPool::SharedPool(io::Loop& loop, const Config& config, const std::vector<Target>& targets)
    : config_(config) {
  Connection::Owner& owner = *this;
  for (size_t i = 0; i < std::max<size_t>(config.shared_connections, 1); i++) {
    members_.push_back({std::make_unique<Connection>(loop, config, targets, owner)});
  }
  members_.front().connection->open();
}

SharedPool::~SharedPool() {
  for (auto& member : members_) member.connection->close();
}

size_t SharedPool::in_flight() const {
  size_t count = 0;
  for (const auto& member : members_) count += member.connection->in_flight();
  return count;
}

size_t SharedPool::connected() const {
  return static_cast<size_t>(
      std::ranges::count_if(members_, [](const Member& m) { return m.connection->ready(); }));
}

std::string SharedPool::problem() const {
  for (const auto& [connection, warmed, warming] : members_) {
    if (!connection->ready() && !connection->problem().empty()) {
      return " (" + connection->problem() + ")";
    }
  }
  return "";
}

// The one with the fewest requests in flight. More connections are opened when all are in use.
Connection* SharedPool::best() {
  Connection* found = nullptr;
  Connection* unopened = nullptr;
  bool is_used = false;
  for (auto& [connection, warmed, warming] : members_) {
    if (connection->closed()) {
      if (!unopened) unopened = connection.get();
    } else if (connection->ready() && connection->in_flight() < config_.pipeline_depth) {
      if (found && connection->in_flight() >= found->in_flight()) continue;
      found = connection.get();
      is_used = found->in_flight() > (warming ? 1 : 0);
    }
  }
  if (unopened && (!found || is_used)) unopened->open();
  return found;
}

// ---- warm connections

SharedPool::Member& SharedPool::member_of(const Connection& connection) {
  for (Member& member : members_) {
    if (member.connection.get() == &connection) return member;
  }
  bug("pg: a connection of another pool");
}

void SharedPool::keep_warm(std::vector<Call> calls) {
  hot_ = std::move(calls);
  hot_.insert(hot_.begin(), Call{&types_statement, {}});
  for (Member& member : members_) warm(member);
}

// One at a time, and only while nobody wants the connection, so that no request waits for more.
void SharedPool::warm(Member& member) {
  Connection& connection = *member.connection;
  if (!connection.ready() || connection.in_flight() > 0 || member.warmed >= hot_.size()) return;
  auto request = std::make_shared<Request>(std::vector<Call>{hot_[member.warmed++]});
  request->dry = true;
  request->read_only = true;
  request->abandoned = true;
  member.warming = true;
  connection.send(std::move(request));
}

void SharedPool::connection_ready(Connection& connection) {
  Member& member = member_of(connection);
  member.warmed = 0;
  member.warming = false;
  pump();
  warm(member);
}

void SharedPool::pump() {
  while (!waiting_.empty()) {
    if (waiting_.front()->abandoned) {
      waiting_.pop_front();
      continue;
    }
    Connection* connection = best();
    if (!connection) return;
    RequestPtr request = std::move(waiting_.front());
    waiting_.pop_front();
    connection->send(std::move(request));
  }
}

void SharedPool::not_durable(Connection& connection, const char* setting) {
  if (std::exchange(warned_, true)) return;
  base::log::warn("pg.not_durable", {{"server", connection.server()}, {"off", setting}});
}

void SharedPool::request_ended(Connection& connection, const RequestPtr& request, bool again) {
  if (again && !request->abandoned) waiting_.push_front(request);
  Member& member = member_of(connection);
  if (request->dry) {
    member.warming = false;
    if (request->refused && !std::exchange(told_cold_, true))
      base::log::warn("pg.not_warm", {{"reason", request->refused->what()}});
  }
  pump();
  warm(member);
}

void SharedPool::connection_lost(Connection&, std::vector<RequestPtr> unanswered,
                                 const std::string& reason) {
  for (auto request = unanswered.rbegin(); request != unanswered.rend(); ++request) {
    if (!(*request)->read_only) {
      (*request)->fail(std::make_exception_ptr(OutcomeUnknown(
          name_of(**request) + ": the connection to the database was lost: " + reason)));
    } else if (!(*request)->abandoned) {
      (*request)->renew();
      waiting_.push_front(*request);
    }
  }
  pump();
}

namespace {
// A caller that leaves by an exception takes no answer any more.
struct Abandon {
  Request& request;
  ~Abandon() { request.abandoned = true; }
};
}  // namespace

io::Task<void> SharedPool::run(RequestPtr request, io::Deadline deadline) {
  if (waiting_.size() >= config_.waiting_limit) {
    throw Unavailable(name_of(*request) + ": too many requests wait for the database");
  }
  auto patience = [&] {
    return request->sent ? deadline : std::min(deadline, request->queued_at + config_.pool_wait);
  };
  Abandon on_leaving{*request};
  request->queued_at = io::Clock::now();
  waiting_.push_back(request);
  pump();
  while (!request->finished) {
    bool changed = co_await request->changed.wait(patience());
    // Or it was sent meanwhile.
    if (changed || io::Clock::now() < patience()) continue;
    if (request->sent && !request->read_only) {
      throw OutcomeUnknown(name_of(*request) + ": no answer from the database in time");
    }
    throw Unavailable(name_of(*request) + ": the database did not answer in time" + problem());
  }
  if (request->error) std::rethrow_exception(request->error);
}

// ---- ExclusivePool

ExclusivePool::ExclusivePool(io::Loop& loop, const Config& config,
                             const std::vector<Target>& targets)
    : loop_(loop),
      config_(config),
      targets_(targets),
      permits_(std::max<size_t>(config.exclusive_connections, 1)) {}

ExclusivePool::~ExclusivePool() {
  for (auto& slot : slots_) slot->connection->close();
}

ExclusivePool::Slot& ExclusivePool::slot_of(const Connection& connection) const {
  for (auto& slot : slots_) {
    if (slot->connection.get() == &connection) return *slot;
  }
  bug("pg: a connection of another pool");
}

io::Task<Connection*> ExclusivePool::borrow(io::Deadline deadline) {
  io::Deadline patience = std::min(deadline, io::after(config_.pool_wait));
  auto permit = co_await permits_.acquire(patience);
  if (!permit) throw Unavailable("all connections for transactions are in use");
  Slot& slot = reserve(std::move(permit));
  Reservation reservation{*this, &slot};
  while (!slot.connection->idle()) {
    slot.connection->open();
    if (!co_await changed_.wait(patience)) {
      const std::string& problem = slot.connection->problem();
      throw Unavailable("no connection to the database in time" +
                        (problem.empty() ? "" : " (" + problem + ")"));
    }
  }
  reservation.slot = nullptr;
  co_return slot.connection.get();
}

// Preferably one that is ready.
ExclusivePool::Slot& ExclusivePool::reserve(io::Semaphore::Permit permit) {
  Slot* found = nullptr;
  for (auto& slot : slots_) {
    if (!slot->permit && (!found || slot->connection->idle())) found = slot.get();
  }
  if (!found) {
    Connection::Owner& owner = *this;
    found = slots_.emplace_back(std::make_unique<Slot>()).get();
    found->connection = std::make_unique<Connection>(loop_, config_, targets_, owner);
  }
  found->permit = std::move(permit);
  return *found;
}

void ExclusivePool::give_back(Connection& connection) {
  Slot& slot = slot_of(connection);
  slot.returning = true;
  settle(slot);
}

// Free again when it is clean: what is in flight (a COMMIT that nobody waits for) ends first, and a
// transaction that is still open then is rolled back. A lost connection is clean by itself.
void ExclusivePool::settle(Slot& slot) {
  Connection& connection = *slot.connection;
  if (!slot.returning || connection.in_flight() > 0) return;
  if (connection.ready() && !connection.idle()) {
    std::vector<Call> calls;
    calls.push_back({&rollback_statement, {}});
    auto request = std::make_shared<Request>(std::move(calls));
    request->in_transaction = true;
    return connection.send(std::move(request));
  }
  slot.returning = false;
  slot.permit.release();
}

bool ExclusivePool::may_close(const Connection& connection) const {
  return !slot_of(connection).permit;
}

void ExclusivePool::connection_ready(Connection&) {
  changed_.notify_all();
}

void ExclusivePool::request_ended(Connection& connection, const RequestPtr&, bool) {
  settle(slot_of(connection));
}

void ExclusivePool::connection_lost(Connection& connection, std::vector<RequestPtr> unanswered,
                                    const std::string& reason) {
  for (auto& request : unanswered) {
    std::string what = name_of(*request) + ": the connection to the database was lost: " + reason;
    request->fail(request->is_commit ? std::make_exception_ptr(OutcomeUnknown(what))
                                     : std::make_exception_ptr(Unavailable(what)));
  }
  settle(slot_of(connection));
}

}  // namespace tegu::net::pg
