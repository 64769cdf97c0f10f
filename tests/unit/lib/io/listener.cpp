#include "io/listener.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/ids.h"
#include "io/socket.h"
#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::io;
using std::chrono::milliseconds;
using std::chrono::seconds;

static base::Fd connect_to(const Endpoint& peer) {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::connect(fd.get(), peer.native(), peer.native_size()) == 0);
  return fd;
}

static Task<void> until(std::function<bool()> done) {
  for (Deadline end = after(seconds(9)); !done() && Clock::now() < end;) {
    co_await sleep_for(milliseconds(1));
  }
}

static Task<void> accept_some(Loop& loop, Listener& listener, size_t clients) {
  std::vector<base::Fd> waiting, accepted;
  for (size_t i = 0; i < clients; i++) waiting.push_back(connect_to(listener.local()));
  std::vector<Endpoint> peers;
  Scope scope(loop);
  scope.spawn(listener.run([&](base::Fd fd, Endpoint peer) {
    peers.push_back(peer);
    accepted.push_back(std::move(fd));
  }));
  co_await scope.enclose(until([&] { return accepted.size() == clients; }));
  REQUIRE(accepted.size() == clients);
  for (size_t i = 0; i < clients; i++) {
    CHECK(peers[i] == Endpoint::peer_of(accepted[i].get()));
    CHECK((::fcntl(accepted[i].get(), F_GETFL) & O_NONBLOCK) != 0);
  }
  CHECK(listener.pauses() == 0);
}

TEST_CASE("io listener: accepts all who wait", "[io]") {
  Loop loop;
  Listener listener(loop, listen_tcp(*Endpoint::parse("127.0.0.1:0")));
  loop.run_until_done(accept_some(loop, listener, 200));
}

// No descriptor is free until `limit` is lifted.
class DescriptorLimit {
 public:
  DescriptorLimit() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    base::Fd lowest_free(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(lowest_free.get());
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorLimit() { lift(); }
  void lift() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

static Task<void> starve(Loop& loop, Listener& listener) {
  std::vector<base::Fd> waiting, accepted;
  for (int i = 0; i < 20; i++) waiting.push_back(connect_to(listener.local()));
  DescriptorLimit limit;
  Scope scope(loop);
  scope.spawn(listener.run([&](base::Fd fd, Endpoint) { accepted.push_back(std::move(fd)); }));
  struct Body {
    static Task<void> run(Listener& listener, DescriptorLimit& limit,
                          std::vector<base::Fd>& accepted) {
      co_await until([&] { return listener.pauses() >= 3; });
      CHECK(accepted.empty());
      CHECK(listener.refused() == listener.pauses());  // one peer a pause, no spinning
      limit.lift();
      co_await until([&] { return accepted.size() + listener.refused() == 20; });
    }
  };
  co_await scope.enclose(Body::run(listener, limit, accepted));
  CHECK(listener.refused() >= 3);
  CHECK(listener.refused() < 20);
  CHECK(accepted.size() == 20 - listener.refused());
}

TEST_CASE("io listener: survives the lack of descriptors", "[io]") {
  Loop loop;
  Listener listener(loop, listen_tcp(*Endpoint::parse("127.0.0.1:0")), milliseconds(2));
  loop.run_until_done(starve(loop, listener));
}

static Task<void> idle_without_descriptors(Loop& loop, Listener& listener) {
  DescriptorLimit limit;
  Scope scope(loop);
  scope.spawn(listener.run([](base::Fd, Endpoint) {}));
  for (int i = 0; i < 50; i++) co_await yield();
  CHECK(listener.pauses() == 0);
  co_await scope.close();
}

TEST_CASE("io listener: no pauses while nobody waits", "[io]") {
  Loop loop;
  Listener listener(loop, listen_tcp(*Endpoint::parse("127.0.0.1:0")), milliseconds(0));
  loop.run_until_done(idle_without_descriptors(loop, listener));
}

TEST_CASE("io listener: a taken port is named", "[io]") {
  auto first = listen_tcp(*Endpoint::parse("127.0.0.1:0"));
  auto taken = Endpoint::local_of(first.get());
  CHECK_THROWS_WITH(listen_tcp(taken), "listen on " + taken.text() + ": Address already in use");
}

TEST_CASE("io listener: unix sockets, their mode and their dead", "[io]") {
  const std::string path = "/tmp/tegu-test-" + base::random_name(10);
  auto first = listen_unix(path, 0660, "");
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0660);
  CHECK_THROWS_WITH(listen_unix(path, 0660, ""), "another process listens on " + path);
  first.reset();
  auto second = listen_unix(path, 0600, "");
  ::unlink(path.c_str());
  base::Fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  CHECK_THROWS_WITH(listen_unix(path, 0660, ""), path + " is in the way: not a socket");
  ::unlink(path.c_str());
  CHECK_THROWS_AS(listen_unix(path, 0660, "no-such-group-here"), base::UsageError);
  ::unlink(path.c_str());
  CHECK_THROWS_AS(listen_unix(std::string(108, 'x'), 0660, ""), base::UsageError);
}

// In a child process: systemd passes descriptors from 3 on.
static int sockets_of_child(const char* names, int count) {
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
  ::setenv("LISTEN_FDNAMES", names, 1);
  auto sockets = systemd_sockets();
  if (sockets.size() != 2 || sockets[0].first != "imap" || sockets[1].first != "smtp") return 1;
  if (sockets[0].second.get() != 3 || sockets[1].second.get() != 4) return 2;
  if ((::fcntl(3, F_GETFD) & FD_CLOEXEC) == 0) return 3;
  return ::getenv("LISTEN_FDS") ? 4 : 0;
}

TEST_CASE("io listener: sockets from systemd, by name", "[io]") {
  CHECK(systemd_sockets().empty());
  auto listening = listen_tcp(*Endpoint::parse("127.0.0.1:0"));
  pid_t child = ::fork();
  if (child == 0) {
    const int moved = ::fcntl(listening.get(), F_DUPFD, 10);
    ::dup2(moved, 3);
    ::dup2(moved, 4);
    ::_exit(sockets_of_child("imap:smtp", 2));
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
