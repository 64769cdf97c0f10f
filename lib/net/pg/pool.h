// The two ways to a connection: SharedPool pipelines everybody's requests through few connections,
// ExclusivePool lends a whole connection for one transaction. Waiting for either is bounded.
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "net/pg/connection.h"

namespace tegu::net::pg {

class SharedPool : private Connection::Owner {
 public:
  SharedPool(io::Loop& loop, const Config& config, const std::vector<Target>& targets);
  ~SharedPool() override;

  // Runs it and waits for its end; throws its error, Unavailable or OutcomeUnknown. A caller that
  // is cancelled leaves a request that was sent to its fate.
  io::Task<void> run(RequestPtr request, io::Deadline deadline);
  // Client::keep_warm
  void keep_warm(std::vector<Call> calls);

  size_t waiting() const { return waiting_.size(); }
  size_t in_flight() const;
  size_t connected() const;

 private:
  struct Member {
    std::unique_ptr<Connection> connection;
    size_t warmed = 0;     // so many of hot_ were sent since it connected
    bool warming = false;  // one of them is in flight
  };
  void connection_ready(Connection& connection) override;
  void not_durable(Connection& connection, const char* setting) override;
  void request_ended(Connection&, const RequestPtr& request, bool again) override;
  void connection_lost(Connection&, std::vector<RequestPtr> unanswered,
                       const std::string& reason) override;
  bool may_close(const Connection& connection) const override {
    return &connection != members_.front().connection.get();
  }
  void pump();
  Connection* best();
  Member& member_of(const Connection& connection);
  void warm(Member& member);
  std::string problem() const;

  const Config& config_;
  std::vector<Member> members_;
  std::deque<RequestPtr> waiting_;
  std::vector<Call> hot_;
  bool warned_ = false;     // that the server may lose what it committed
  bool told_cold_ = false;  // that one of hot_ failed
};

class ExclusivePool : private Connection::Owner {
 public:
  ExclusivePool(io::Loop& loop, const Config& config, const std::vector<Target>& targets);
  ~ExclusivePool() override;

  // A connection that is ready and in no transaction, until give_back(). Throws Unavailable.
  io::Task<Connection*> borrow(io::Deadline deadline);
  // `connection` may be in a transaction: it is rolled back before somebody else gets it.
  void give_back(Connection& connection);

  size_t borrowed() const { return config_.exclusive_connections - permits_.free(); }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    io::Semaphore::Permit permit;  // held while it is lent or being cleaned
    bool returning = false;
  };
  void connection_ready(Connection& connection) override;
  void request_ended(Connection& connection, const RequestPtr& request, bool again) override;
  void connection_lost(Connection& connection, std::vector<RequestPtr> unanswered,
                       const std::string& reason) override;
  bool may_close(const Connection& connection) const override;
  // A borrower that leaves before it got its connection.
  struct Reservation {
    ExclusivePool& pool;
    Slot* slot;
    ~Reservation() {
      if (slot) slot->permit.release();
    }
  };
  Slot& reserve(io::Semaphore::Permit permit);
  Slot& slot_of(const Connection& connection) const;
  void settle(Slot& slot);

  io::Loop& loop_;
  const Config& config_;
  const std::vector<Target>& targets_;
  std::vector<std::unique_ptr<Slot>> slots_;
  io::Semaphore permits_;
  io::Signal changed_;
};

}  // namespace tegu::net::pg
