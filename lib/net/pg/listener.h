// Notifications: Listener keeps a session that LISTENs, Notifier gathers what is to be told and
// sends it in one statement on a session of its own (a NOTIFY inside a writing transaction takes a
// lock of the whole server at its COMMIT).
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "net/pg/connection.h"

namespace tegu::net::pg {

class Listener : private Connection::Owner {
 public:
  // Channels are [a-z0-9_]+.
  Listener(io::Loop& loop, const Config& config, const std::vector<Target>& targets,
           std::vector<std::string> channels);
  ~Listener() override;

  struct Note {
    std::string
        channel;  // empty: LISTEN has (again) come into force, anything may have been missed
    std::string payload;
  };
  // In order.
  io::Task<Note> next();

 private:
  void connection_ready(Connection& connection) override;
  void request_ended(Connection& connection, const RequestPtr& request, bool again) override;
  void connection_lost(Connection&, std::vector<RequestPtr>, const std::string&) override {}
  void notified(Connection&, std::string_view channel, std::string_view payload) override;

  struct Channel {
    std::string name, sql;
    Statement statement;
  };
  std::deque<Channel> channels_;
  Connection connection_;
  io::Queue<Note> notes_;
};

class Notifier : private Connection::Owner {
 public:
  Notifier(io::Loop& loop, const Config& config, const std::vector<Target>& targets);
  ~Notifier() override;

  // Payloads of one channel are joined by commas, equal ones told once. A payload over 7900 bytes
  // is a bug(). While the database is away at most 64 Ki payloads are kept.
  void add(std::string channel, std::string payload);

 private:
  void connection_ready(Connection&) override { send(); }
  bool may_close(const Connection&) const override { return gathered_.empty(); }
  void request_ended(Connection&, const RequestPtr& request, bool again) override;
  void connection_lost(Connection&, std::vector<RequestPtr> unanswered,
                       const std::string&) override;
  void send();

  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };
  const Config& config_;
  Connection connection_;
  std::unique_ptr<event, FreeEvent> timer_;
  std::map<std::string, std::vector<std::string>> gathered_;
  size_t count_ = 0;
  io::Deadline sent_at_;  // the last statement
  bool timer_runs_ = false;
};

// Joined by commas into pieces of at most `limit` bytes; equal payloads once.
std::vector<std::string> join_payloads(std::vector<std::string> payloads, size_t limit);

}  // namespace tegu::net::pg
