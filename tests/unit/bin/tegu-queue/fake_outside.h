// A router and a network that answer as the test says.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/error.h"
#include "outside.h"
#include "support/script_stream.h"

namespace tegu::tests {

class FakeRouter : public queue::Router {
 public:
  std::map<std::string, wire::peer::RcptAnswer> answers;  // by address
  bool away = false;

  void local(const std::string& address, int64_t account) {
    answers[address] = {wire::peer::RcptStatus::local,
                        {wire::smtp::LocalDelivery{base::AccountId{account}}}};
  }
  io::Task<wire::peer::RcptAnswer> rcpt(wire::peer::RcptRequest request, io::Deadline) override {
    if (away) throw base::Error("router is away");
    auto found = answers.find(wire::smtp::format(request.address));
    if (found == answers.end()) co_return wire::peer::RcptAnswer{};
    co_return found->second;
  }
};

// Each connection to a peer takes its next script; without one it is refused.
class FakeNetwork : public queue::Network {
 public:
  struct Session {
    Script script;
    ScriptPlan plan;
    ScriptLog log;
  };
  std::map<std::string, std::deque<std::unique_ptr<Session>>> peers;  // by "192.0.2.1:25"
  std::vector<std::unique_ptr<Session>> used;
  std::vector<std::string> connects;

  void expect(const std::string& peer, Script script, ScriptPlan plan = {}) {
    peers[peer].push_back(std::make_unique<Session>(Session{std::move(script), plan, {}}));
  }
  io::Task<std::unique_ptr<io::Stream>> connect(io::Endpoint peer, io::Endpoint,
                                                io::Deadline) override {
    co_return open(peer.text());
  }
  io::Task<std::unique_ptr<io::Stream>> connect_unix(std::string path, io::Deadline) override {
    co_return open(path);
  }
  io::Task<std::unique_ptr<io::Stream>> start_tls(std::unique_ptr<io::Stream>, std::string, bool,
                                                  io::Deadline) override {
    throw io::ConnectionLost("no TLS here");
    co_return nullptr;
  }

 private:
  std::unique_ptr<io::Stream> open(const std::string& peer) {
    connects.push_back(peer);
    auto& sessions = peers[peer];
    if (sessions.empty()) throw io::ConnectionLost("connection refused");
    used.push_back(std::move(sessions.front()));
    sessions.pop_front();
    Session& session = *used.back();
    return std::make_unique<ScriptStream>(session.script, session.log, session.plan);
  }
};

}  // namespace tegu::tests
