// Connecting, the socket and its end; the pipeline is in connection_pipeline.cpp.
#include "net/pg/connection.h"

#include <event2/event.h>
#include <libpq-fe.h>

#include <algorithm>
#include <random>

#include "base/log.h"
#include "base/text.h"

namespace tegu::net::pg {

namespace log = base::log;

void Connection::FinishConnection::operator()(pg_conn* connection) const noexcept {
  PQfinish(connection);
}
void Connection::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

// One round trip: sets the session's limits and reads what durability depends on. A plan that stays
// must suit a table that grows: with the server's own random_page_cost a table of a few pages is
// scanned, dead versions and all, until somebody analyses it.
static const Statement setup_statement = {
    "pg.setup",
    "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
    " set_config('idle_in_transaction_session_timeout', $3, false),"
    " set_config('timezone', 'UTC', false), set_config('jit', 'off', false),"
    " set_config('plan_cache_mode', $4, false), set_config('random_page_cost', '1.1', false),"
    " current_setting('synchronous_commit'), current_setting('fsync'),"
    " current_setting('standard_conforming_strings'), current_setting('server_version_num')::int4"};

static int random_below(int limit) {
  static thread_local std::minstd_rand generator(std::random_device{}());
  return std::uniform_int_distribution<int>(0, std::max(limit - 1, 0))(generator);
}

Connection::Connection(io::Loop& loop, const Config& config, const std::vector<Target>& targets,
                       Owner& owner)
    : loop_(loop), config_(config), targets_(targets), owner_(owner) {
  timer_.reset(event_new(
      loop_.native(), -1, 0,
      [](int, short, void* self) noexcept { static_cast<Connection*>(self)->on_timer(); }, this));
  break_event_.reset(event_new(
      loop_.native(), -1, 0,
      [](int, short, void* self) noexcept {
        auto& connection = *static_cast<Connection*>(self);
        connection.lose(connection.break_reason_);
      },
      this));
}

Connection::~Connection() {
  drop();
}

void Connection::open() {
  if (state_ != State::closed) return;
  attempts_ = 0;
  pause_ = {};
  state_ = State::pausing;
  set_timer(0ms);
}

void Connection::close() {
  state_ = State::closed;
  event_del(timer_.get());
  drop();
}

// The session's end; in_flight_ is the caller's.
void Connection::drop() {
  event_del(break_event_.get());
  breaking_ = false;
  socket_event_.reset();
  write_event_.reset();
  session_.reset();
  setup_.reset();
  in_flight_.clear();
  steps_.clear();
  prepared_.clear();
  prepared_count_ = 0;
}

void Connection::set_timer(std::chrono::milliseconds span) {
  timeval time{};
  time.tv_sec = span.count() / 1000;
  time.tv_usec = span.count() % 1000 * 1000;
  event_add(timer_.get(), &time);
}

// How often a session is looked at: does it still answer, is it still used?
std::chrono::milliseconds Connection::check_interval() const {
  return std::clamp<std::chrono::milliseconds>(
      std::min(config_.stuck_after, config_.idle_close) / 4, 10ms, 5s);
}

// ---- connecting

void Connection::attempt() {
  state_ = State::connecting;
  const Target& target = targets_[target_];
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : target.options) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  session_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
  set_timer(config_.connect_timeout);
  if (!session_ || PQstatus(session_.get()) == CONNECTION_BAD) return attempt_failed();
  PQsetNoticeReceiver(session_.get(), &Connection::on_notice, this);
  // libpq: as if PQconnectPoll had last wanted to write.
  watch_socket(Watch::write);
}

void Connection::poll_attempt() {
  // libpq may close this socket and open another one below.
  socket_event_.reset();
  write_event_.reset();
  switch (PQconnectPoll(session_.get())) {
    case PGRES_POLLING_READING:
      return watch_socket(Watch::read);
    case PGRES_POLLING_WRITING:
      return watch_socket(Watch::write);
    case PGRES_POLLING_OK:
      return connected();
    default:
      return attempt_failed();
  }
}

void Connection::attempt_failed() {
  std::string before = std::exchange(problem_, "no connection");
  if (session_) problem_ = std::string(base::trim(PQerrorMessage(session_.get())));
  // An outage is told once, not twenty times a second.
  if (attempts_ == 0 || problem_ != before)
    log::warn("pg.connect_failed", {{"server", targets_[target_].name}, {"reason", problem_}});
  attempts_++;
  target_ = (target_ + 1) % targets_.size();
  drop();
  pause_and_retry();
}

// Each server once without a pause, then pauses of 50 ms to 2 s, half of each random, so that many
// nodes do not knock at once.
void Connection::pause_and_retry() {
  state_ = State::pausing;
  if (attempts_ % targets_.size() != 0) return set_timer(0ms);
  pause_ = std::clamp<std::chrono::milliseconds>(pause_ * 2, 50ms, 2s);
  set_timer(pause_ / 2 +
            std::chrono::milliseconds(random_below(static_cast<int>(pause_.count()) / 2)));
}

void Connection::on_timer() {
  switch (state_) {
    case State::pausing:
      return attempt();
    case State::connecting:
    case State::setting_up:
      problem_ = "no answer within the time to connect";
      log::warn("pg.connect_timeout", {{"server", targets_[target_].name}});
      attempts_++;
      target_ = (target_ + 1) % targets_.size();
      drop();
      return pause_and_retry();
    case State::ready:
      if (!in_flight_.empty() && io::Clock::now() - front_since_ > config_.stuck_after) {
        return lose("the server does not answer");
      }
      if (idle() && io::Clock::now() - front_since_ > config_.idle_close &&
          owner_.may_close(*this)) {
        return close();
      }
      return set_timer(check_interval());
    case State::closed:
      return;
  }
}

void Connection::connected() {
  state_ = State::setting_up;
  if (PQsetnonblocking(session_.get(), 1) != 0 || PQenterPipelineMode(session_.get()) != 1) {
    return attempt_failed();
  }
  watch_socket(Watch::read);
  Params params;
  for (auto limit :
       {config_.statement_timeout, config_.lock_timeout, config_.idle_in_transaction_timeout}) {
    params.text(std::to_string(limit.count()));
  }
  params.text(config_.generic_plans ? "force_generic_plan" : "auto");
  std::vector<Call> calls;
  calls.push_back({&setup_statement, std::move(params)});
  setup_ = std::make_shared<Request>(std::move(calls));
  send(setup_);
}

void Connection::check_session(Request& setup) {
  if (setup.refused) {
    problem_ = setup.refused->what();
    return break_soon(problem_);
  }
  Row row = setup.rows.front().one();
  if (row.text(9) != "on") {
    problem_ = "standard_conforming_strings is off";
    return break_soon(problem_);
  }
  constexpr int oldest_version = 140000;
  if (row.int4(10) < oldest_version) {
    problem_ = "PostgreSQL 14 or newer is needed";
    return break_soon(problem_);
  }
  if (row.text(7) == "off") owner_.not_durable(*this, "synchronous_commit");
  if (row.text(8) == "off") owner_.not_durable(*this, "fsync");
  log::debug("pg.connected", {{"server", targets_[target_].name}});
  state_ = State::ready;
  sessions_++;
  front_since_ = io::Clock::now();
  attempts_ = 0;
  pause_ = {};
  set_timer(check_interval());
  owner_.connection_ready(*this);
}

// ---- the socket

void Connection::watch_socket(Watch watch) {
  auto callback = [](int, short what, void* self) noexcept {
    static_cast<Connection*>(self)->on_socket(what);
  };
  int fd = PQsocket(session_.get());
  socket_event_.reset(event_new(loop_.native(), fd, EV_READ | EV_PERSIST, callback, this));
  write_event_.reset(event_new(loop_.native(), fd, EV_WRITE | EV_PERSIST, callback, this));
  event_add(watch == Watch::read ? socket_event_.get() : write_event_.get(), nullptr);
}

void Connection::ask_to_write(bool wanted) {
  if (wanted) {
    event_add(write_event_.get(), nullptr);
  } else {
    event_del(write_event_.get());
  }
}

void Connection::on_socket(short what) {
  if (state_ == State::connecting) return poll_attempt();
  if (what & EV_READ) {
    bool alive = PQconsumeInput(session_.get()) == 1;
    read_answers();
    if (!session_) return;
    deliver_notifications();
    if (!session_) return;
    if (!alive || PQstatus(session_.get()) == CONNECTION_BAD) {
      return lose(std::string(base::trim(PQerrorMessage(session_.get()))));
    }
  }
  flush();
}

void Connection::flush() {
  int left = PQflush(session_.get());
  if (left < 0) return break_soon(std::string(base::trim(PQerrorMessage(session_.get()))));
  ask_to_write(left > 0);
}

void Connection::break_soon(std::string reason) {
  breaking_ = true;
  break_reason_ = std::move(reason);
  event_active(break_event_.get(), 0, 0);
}

void Connection::lose(const std::string& reason) {
  problem_ = reason;
  log::warn("pg.connection_lost", {{"server", targets_[target_].name}, {"reason", reason}});
  bool was_ready = state_ == State::ready;
  std::vector<RequestPtr> unanswered(in_flight_.begin(), in_flight_.end());
  std::erase(unanswered, setup_);
  drop();
  if (!was_ready) {
    attempts_++;
    target_ = (target_ + 1) % targets_.size();
  }
  pause_and_retry();
  owner_.connection_lost(*this, std::move(unanswered), reason);
}

bool Connection::idle() const {
  return ready() && in_flight_.empty() && PQtransactionStatus(session_.get()) == PQTRANS_IDLE;
}

}  // namespace tegu::net::pg
