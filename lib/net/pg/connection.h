// Connection: one session with the server in pipeline mode. It connects, prepares statements when
// they are first used, sends requests as they come, gives answers in order, and connects again
// after a loss with growing pauses. All work happens in callbacks of the loop.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/loop.h"
#include "net/pg/config.h"
#include "net/pg/request.h"
#include "net/pg/targets.h"

struct event;
struct pg_conn;
struct pg_result;

namespace tegu::net::pg {

class Connection {
 public:
  // The owner is told from the loop, never from inside send() or open(). It may call any function
  // of the connection, but not destroy it.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void connection_ready(Connection&) {}
    // Finished (it is set to finished after this call), or to be run again: `again`.
    virtual void request_ended(Connection&, const RequestPtr&, bool again) = 0;
    // Lost or closed; these were sent and not answered. It opens itself again after a pause.
    virtual void connection_lost(Connection&, std::vector<RequestPtr> unanswered,
                                 const std::string& reason) = 0;
    // Before connection_ready: the server has fsync or synchronous_commit off.
    virtual void not_durable(Connection&, const char* /*setting*/) {}
    // Whether a session that was not used for long may end; open() brings another.
    virtual bool may_close(const Connection&) const { return false; }
    virtual void notified(Connection&, std::string_view, std::string_view) {}
  };

  // `targets` and `config` outlive the connection.
  Connection(io::Loop& loop, const Config& config, const std::vector<Target>& targets,
             Owner& owner);
  ~Connection();
  Connection(const Connection&) = delete;

  // Starts to connect, unless it is connected or trying.
  void open();
  // Drops the session now, and stays closed; unanswered requests are dropped silently.
  void close();

  bool closed() const { return state_ == State::closed; }
  bool ready() const { return state_ == State::ready && !breaking_; }
  size_t in_flight() const { return in_flight_.size(); }
  // Counts the sessions it has had: another number means that transactions and LISTENs are gone.
  uint64_t sessions() const { return sessions_; }
  // Nothing in flight and no transaction open.
  bool idle() const;
  // Only when ready().
  void send(RequestPtr request);
  const std::string& server() const { return targets_[target_].name; }
  // Why the last attempt failed, for error texts; no secrets.
  const std::string& problem() const { return problem_; }

 private:
  enum class State { closed, connecting, setting_up, ready, pausing };
  struct Prepared {
    std::string name;
    std::vector<uint32_t> types;
    bool usable = true;
  };
  struct Step {
    enum Kind { prepare, execute, sync } kind;
    const Statement* statement = nullptr;
    Prepared* prepared = nullptr;
    bool answered = false;
  };
  struct FinishConnection {
    void operator()(pg_conn* connection) const noexcept;
  };
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };
  using EventPtr = std::unique_ptr<event, FreeEvent>;

  void attempt();
  void poll_attempt();
  void attempt_failed();
  void connected();
  void check_session(Request& setup);
  enum class Watch { read, write };
  void watch_socket(Watch watch);
  void ask_to_write(bool wanted);
  void on_socket(short what);
  void on_timer();
  void set_timer(std::chrono::milliseconds span);
  std::chrono::milliseconds check_interval() const;
  void break_soon(std::string reason);
  void flush();
  void read_answers();
  void take_answer(Step& step, Rows::Result result);
  void finish_front();
  void deliver_notifications();
  Prepared& prepare(const Statement& statement, const Params& params);
  bool send_call(const Call& call, bool dry);
  bool send_plan(const Prepared& prepared);
  void lose(const std::string& reason);
  void drop();
  void pause_and_retry();
  static void on_notice(void* self, const pg_result* notice);

  io::Loop& loop_;
  const Config& config_;
  const std::vector<Target>& targets_;
  Owner& owner_;
  State state_ = State::closed;
  std::unique_ptr<pg_conn, FinishConnection> session_;
  EventPtr socket_event_, write_event_, timer_, break_event_;
  size_t target_ = 0;  // the one in use or tried now
  uint64_t sessions_ = 0;
  size_t attempts_ = 0;  // failed ones since the last success
  std::chrono::milliseconds pause_{0};
  std::string problem_;
  std::string break_reason_;
  bool breaking_ = false;  // takes no more requests, ends when the loop comes round
  RequestPtr setup_;
  std::deque<RequestPtr> in_flight_;
  std::deque<Step> steps_;
  io::Deadline front_since_;  // the oldest request became the oldest
  std::unordered_map<const Statement*, std::vector<std::unique_ptr<Prepared>>> prepared_;
  size_t prepared_count_ = 0;
};

}  // namespace tegu::net::pg
