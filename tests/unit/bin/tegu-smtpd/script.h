// A session in a bottle: a stream that plays a script, a router, a queue and a DNS that answer from
// tables and fail on request.
#pragma once
#include <unistd.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/metrics.h"
#include "io/loop.h"
#include "io/scope.h"
#include "session.h"

namespace tegu::smtpd::test {

// What the peer does next.
struct Piece {
  enum class What { bytes, timeout, lost } what = What::bytes;
  std::string bytes;
  Piece(const char* bytes) : bytes(bytes) {}
  Piece(std::string bytes) : bytes(std::move(bytes)) {}
  Piece(What what) : what(what) {}
};
inline const Piece timeout{Piece::What::timeout};
inline const Piece lost{Piece::What::lost};

// Both directions of one connection, before and after STARTTLS.
struct Wire {
  std::deque<Piece> in;
  std::string out;
  bool speaks_early = false;
  size_t write_limit = SIZE_MAX;  // octets until the connection breaks
  bool closed = false;
};

class ScriptedStream : public io::Stream {
 public:
  ScriptedStream(Wire& wire, io::TlsFacts facts) : wire_(wire), facts_(std::move(facts)) {}
  io::Task<size_t> read_some(std::span<char> into, io::Deadline deadline) override {
    bool late = io::Clock::now() >= deadline;
    if (late && !wire_.speaks_early) throw io::TimedOut("script");
    if (wire_.in.empty()) co_return 0;
    Piece& piece = wire_.in.front();
    if (piece.what == Piece::What::timeout) throw io::TimedOut("script");
    if (piece.what == Piece::What::lost) throw io::ConnectionLost("script");
    size_t size = std::min(into.size(), piece.bytes.size());
    piece.bytes.copy(into.data(), size);
    piece.bytes.erase(0, size);
    if (piece.bytes.empty()) wire_.in.pop_front();
    co_return size;
  }
  io::Task<void> write_all(std::string_view bytes, io::Deadline) override {
    size_t room = wire_.write_limit - wire_.out.size();
    wire_.out += bytes.substr(0, room);
    if (bytes.size() > room) throw io::ConnectionLost("script");
    co_return;
  }
  io::Task<void> close() override {
    wire_.closed = true;
    co_return;
  }
  io::TlsFacts tls() const override { return facts_; }

 private:
  Wire& wire_;
  io::TlsFacts facts_;
};

inline io::TlsFacts some_tls() {
  io::TlsFacts facts;
  facts.version = "TLSv1.3";
  facts.cipher = "TLS_AES_256_GCM_SHA384";
  facts.bits = 256;
  return facts;
}

struct FakeTls : TlsUpgrade {
  Wire* wire = nullptr;
  bool fails = false;
  bool available() override { return wire != nullptr; }
  io::Task<std::unique_ptr<io::Stream>> accept(std::unique_ptr<io::Stream> plain, std::string,
                                               io::Deadline) override {
    plain.reset();
    if (fails) throw io::ConnectionLost("handshake");
    co_return std::make_unique<ScriptedStream>(*wire, some_tls());
  }
};

// Local: *@local.org but "nobody@", "full@". "two@" is an alias for two. Everything else is
// relaying, for which one must be logged in. The one account is 7, jane@local.org, "secret".
struct FakeRouter : Router {
  bool down = false;
  int fails_at = -1;  // the question with this number fails
  int questions = 0;
  std::vector<wire::peer::LoginRequest> logins;

  void ask() {
    if (down || questions++ == fails_at) throw base::Error("router is down");
  }
  io::Task<wire::peer::RcptAnswer> rcpt(wire::peer::RcptRequest request, io::Deadline) override {
    using enum wire::peer::RcptStatus;
    using Answer = wire::peer::RcptAnswer;
    ask();
    const auto& address = request.address;
    wire::smtp::LocalDelivery jane{base::AccountId{7}};
    if (address.domain == "local.org" || address.domain.empty()) {
      if (address.local == "nobody") co_return Answer{unknown, {}};
      if (address.local == "full") co_return Answer{over_quota, {}};
      if (address.local == "two") {
        co_return Answer{local,
                         {jane, wire::smtp::RelayDelivery{{"x", "far.org"}, "smtp://far.org:25"}}};
      }
      co_return Answer{local, {jane}};
    }
    if (!request.account && !request.trusted) co_return Answer{relay_denied, {}};
    co_return Answer{relay, {wire::smtp::RelayDelivery{address, {}}}};
  }
  io::Task<std::optional<wire::peer::LoginAnswer>> login(wire::peer::LoginRequest request,
                                                         io::Deadline) override {
    ask();
    bool right = request.login == "jane" && request.password == "secret";
    logins.push_back(std::move(request));
    if (!right) co_return std::nullopt;
    co_return wire::peer::LoginAnswer{base::AccountId{7}, "jane@local.org"};
  }
  io::Task<bool> may_send_as(wire::peer::SenderRequest request, io::Deadline) override {
    ask();
    co_return request.account == base::AccountId{7} && request.address.local == "jane";
  }
};

struct Stored {
  wire::smtp::Envelope envelope;
  std::string letter;
};

struct FakeQueue : Queue {
  bool down = false;
  bool stores_but_fails = false;
  std::optional<std::string> refuses;
  std::vector<Stored> stored;

  io::Task<std::optional<std::string>> accept(wire::peer::AcceptRequest request,
                                              net::peer::Enclosure enclosed,
                                              io::Deadline) override {
    if (down) throw base::Error("queue is down");
    if (refuses) co_return refuses;
    std::string letter = std::move(enclosed.octets);
    if (enclosed.fd >= 0) {
      if (!letter.empty()) throw base::Error("octets and a descriptor");
      letter.resize(static_cast<size_t>(request.size));
      ssize_t got = pread(enclosed.fd, letter.data(), letter.size() + 1, 0);
      if (got != request.size) throw base::Error("size is wrong");
    }
    if (std::cmp_not_equal(letter.size(), request.size)) throw base::Error("size is wrong");
    stored.push_back({std::move(request.envelope), std::move(letter)});
    if (stores_but_fails) throw base::Error("connection lost");
    co_return std::nullopt;
  }
};

struct FakeNames : Names {
  io::Task<std::string> name_of(io::Endpoint, io::Deadline) override { co_return "client.example"; }
};

inline Service mx() {
  return {Kind::mx, false, "smtp"};
}
inline Service submission() {
  return {Kind::submission, false, "submission"};
}
inline Service submissions() {
  return {Kind::submission, true, "submissions"};
}
inline Service lmtp() {
  return {Kind::lmtp, false, "lmtp"};
}

// One node with its neighbours. talk() plays a whole connection and gives what the server said.
struct Node {
  io::Loop loop;
  base::Registry registry;
  Metrics metrics{registry};
  FakeRouter router;
  FakeQueue queue;
  FakeNames names;
  FakeTls tls;
  bool has_tls = true;
  Policy policy;
  Wire wire;
  std::string peer = "192.0.2.1";

  Node() {
    policy.hostname = "mx.local.org";
    policy.error_delay = policy.auth_delay = std::chrono::milliseconds(0);
  }

  std::string talk(Service service, std::vector<Piece> pieces) {
    wire.in.assign(pieces.begin(), pieces.end());
    wire.out.clear();
    wire.closed = false;
    tls.wire = has_tls ? &wire : nullptr;
    loop.run_until_done(play(std::move(service)));
    return wire.out;
  }

 private:
  io::Task<void> play(Service service) {
    auto shared = std::make_shared<const Policy>(policy);
    Context context{[shared] { return shared; }, router, queue, &names, tls, metrics, "/tmp"};
    io::Endpoint endpoint;
    if (service.kind != Kind::lmtp) endpoint = *io::Endpoint::from_address(peer, 4000);
    io::TlsFacts facts = service.implicit_tls ? some_tls() : io::TlsFacts();
    io::Scope background(loop);
    {
      Session session(context, service, endpoint, std::make_unique<ScriptedStream>(wire, facts),
                      background);
      co_await session.run();
      co_await background.close();
    }
  }
};

// The codes of all replies in order: "220 250 354"; only the last line of each counts.
inline std::string codes(const std::string& out) {
  std::string list;
  size_t at = 0;
  while (at < out.size()) {
    size_t end = out.find("\r\n", at);
    if (end == std::string::npos) return list + " CUT";
    if (out.at(at + 3) == ' ') list += (list.empty() ? "" : " ") + out.substr(at, 3);
    at = end + 2;
  }
  return list;
}

// base64 of "\0jane\0secret"
inline const std::string plain_jane = "AGphbmUAc2VjcmV0";

}  // namespace tegu::smtpd::test
