// Shared parts of the load tools: options, clock, statistics, message generator, literal-aware
// sockets. Every tool prints one figure per line: "name<TAB>value<TAB>unit".
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using std::string;
using std::string_view;
using std::vector;

inline double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}
[[noreturn]] inline void die(const string& s) {
  fprintf(stderr, "fatal: %s\n", s.c_str());
  exit(1);
}

// key=value arguments, falling back to the upper-case environment variable, then to the default.
struct Opt {
  std::map<string, string> kv;
  vector<string> pos;
  Opt(int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
      string a = argv[i];
      auto e = a.find('=');
      bool key = e != string::npos && e > 0 &&
                 a.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == e;
      if (key)
        kv[a.substr(0, e)] = a.substr(e + 1);
      else
        pos.push_back(a);
    }
  }
  string s(const string& k, const string& d = "") const {
    if (auto i = kv.find(k); i != kv.end()) return i->second;
    string u = k;
    for (auto& c : u) c = toupper(c);
    const char* e = getenv(u.c_str());
    return e ? e : d;
  }
  long n(const string& k, long d) const {
    string v = s(k);
    if (v.empty()) return d;
    char* e;
    double x = strtod(v.c_str(), &e);
    if (*e == 'k' || *e == 'K') x *= 1024;
    if (*e == 'm' || *e == 'M') x *= 1048576;
    return (long)x;
  }
};

inline void figure(const string& name, double v, const char* unit) {
  printf("%s\t%.12g\t%s\n", name.c_str(), v, unit);
  fflush(stdout);
}
// CPU seconds that a group of processes has used: cpuacct.usage (cgroup v1) or cpu.stat (v2). 0
// where no file was given.
inline string& server_cpu_file() {
  static string path;
  return path;
}
inline double server_cpu() {
  if (server_cpu_file().empty()) return 0;
  FILE* f = fopen(server_cpu_file().c_str(), "r");
  unsigned long long v = 0;
  bool v2 = server_cpu_file().ends_with("cpu.stat");
  if (!f || fscanf(f, v2 ? "usage_usec %llu" : "%llu", &v) != 1) die("server_cpu");
  fclose(f);
  return v * (v2 ? 1e-6 : 1e-9);
}
inline double self_cpu() {
  rusage r;
  getrusage(RUSAGE_SELF, &r);
  return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}
struct Lat {
  vector<float> v;
  void add(double s) { v.push_back((float)(s * 1e3)); }
  void print(const string& n) {
    if (v.empty()) return;
    std::sort(v.begin(), v.end());
    figure(n + ".p50", v[v.size() / 2], "ms");
    figure(n + ".p99", v[std::min(v.size() - 1, v.size() * 99 / 100)], "ms");
    figure(n + ".max", v.back(), "ms");
  }
};

// Deterministic text mails: realistic headers, English-like words, CRLF lines <= 74, no leading
// dots.
struct MailGen {
  string pool;  // 2 MiB+ of body text, cut at line starts
  vector<size_t> starts;
  MailGen(size_t bytes = 2 << 20) {
    static const char* w[] = {
        "the",    "of",       "and",    "to",       "in",       "meeting", "report",   "invoice",
        "server", "project",  "please", "find",     "attached", "regards", "schedule", "Monday",
        "budget", "question", "answer", "contract", "delivery", "system",  "update",   "team",
        "review", "customer", "order",  "number",   "price",    "week",    "thanks",   "a",
        "is",     "for",      "on",     "with",     "that",     "this",    "will",     "be",
        "we",     "you",      "have",   "from",     "your"};
    uint64_t x = 88172645463325252ull;
    while (pool.size() < bytes) {
      starts.push_back(pool.size());
      size_t b = pool.size();
      while (pool.size() - b < 62) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        if (x % 11 == 0) {
          char t[16];
          snprintf(t, sizeof t, "%06x", (unsigned)(x >> 40) & 0xffffff);
          pool += t;
        } else
          pool += w[(x >> 20) % (sizeof w / sizeof *w)];
        pool += ' ';
      }
      pool.back() = '\r';
      pool += '\n';
    }
  }
  // Appends a message of about `size` bytes, number `i`.
  void make(string& out, long i, size_t size, const string& from, const string& to) {
    size_t b = out.size();
    char h[1024];
    time_t t = 1750000000 + i * 61;
    tm g;
    gmtime_r(&t, &g);
    char d[64];
    strftime(d, sizeof d, "%a, %d %b %Y %H:%M:%S +0000", &g);
    int n =
        snprintf(h, sizeof h,
                 "Received: from mail%ld.example.net (mail%ld.example.net [192.0.2.%ld])\r\n\tby "
                 "mx.example.org with ESMTPS id %08lx\r\n\tfor <%s>; %s\r\n"
                 "Date: %s\r\nFrom: \"Sender %ld\" <%s>\r\nTo: <%s>\r\nSubject: Benchmark message "
                 "%ld about project %ld\r\nMessage-ID: <%ld.bench@example.net>\r\n"
                 "MIME-Version: 1.0\r\nContent-Type: text/plain; "
                 "charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n",
                 i % 97, i % 97, i % 250, i * 2654435761l & 0xffffffffl, to.c_str(), d, d, i % 997,
                 from.c_str(), to.c_str(), i, i % 89, i);
    out.append(h, n);
    size_t si = (size_t)(i * 7919) % starts.size();
    while (out.size() - b < size) {
      size_t off = starts[si], want = size - (out.size() - b);
      size_t len = std::min(want, pool.size() - off);
      out.append(pool, off, len);
      si = 0;
    }
    if (out.size() - b >= 2 && out.compare(out.size() - 2, 2, "\r\n") != 0) {
      out.resize(out.size() - 2);
      if (out.back() == '\r') out.back() = ' ';
      out += "\r\n";
    }
  }
};

inline sockaddr_storage resolve(const string& host, const string& port, socklen_t& len) {
  addrinfo hint{}, *r;
  hint.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), port.c_str(), &hint, &r)) die("resolve " + host + ":" + port);
  sockaddr_storage a{};
  memcpy(&a, r->ai_addr, r->ai_addrlen);
  len = r->ai_addrlen;
  freeaddrinfo(r);
  return a;
}
inline SSL_CTX* tls_ctx() {
  static SSL_CTX* c = [] {
    auto* x = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(x, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
    return x;
  }();
  return c;
}

// A non-blocking connection driven by one epoll loop. `on` is called with whatever is in `in`; it
// consumes from `pos`.
struct Loop;
struct Conn {
  Loop* loop = nullptr;
  int fd = -1;
  SSL* ssl = nullptr;
  bool shaking = false, connected = false, want_out = false;
  string in, out;
  size_t pos = 0, opos = 0;
  uint64_t rx = 0;
  std::function<void(Conn&)> on, on_up, on_close;
  double t0 = 0;
  void send(string_view s);
  void send_tail();
  void start_tls();
  void close();
  bool line(string_view& l) {  // next CRLF line without its end
    auto* p = (const char*)memchr(in.data() + pos, '\n', in.size() - pos);
    if (!p) {
      compact();
      return false;
    }
    size_t e = p - in.data();
    l = string_view(in).substr(pos, e - pos);
    if (!l.empty() && l.back() == '\r') l.remove_suffix(1);
    pos = e + 1;
    return true;
  }
  void compact() {
    if (pos) {
      in.erase(0, pos);
      pos = 0;
    }
  }
};
struct Loop {
  int ep = epoll_create1(0);
  std::atomic<bool> stop = false;
  vector<std::unique_ptr<Conn>> conns;
  Conn* open(const sockaddr_storage& a, socklen_t len, bool tls) {
    Conn* c;
    conns.emplace_back(c = new Conn);
    reopen(c, a, len, tls);
    return c;
  }
  void reopen(Conn* c, const sockaddr_storage& a, socklen_t len, bool tls) {
    c->loop = this;
    c->fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->in.clear();
    c->out.clear();
    c->pos = c->opos = 0;
    c->connected = c->shaking = c->want_out = false;
    c->t0 = now();
    if (connect(c->fd, (sockaddr*)&a, len) && errno != EINPROGRESS)
      die(string("connect: ") + strerror(errno));
    epoll_event e{EPOLLIN | EPOLLOUT, {.ptr = c}};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
    c->want_out = true;
    if (tls) c->start_tls();
  }
  void arm(Conn* c, bool w) {
    if (c->want_out == w || c->fd < 0) return;
    c->want_out = w;
    epoll_event e{EPOLLIN | (w ? EPOLLOUT : 0u), {.ptr = c}};
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
  }
  void drive(Conn* c, uint32_t ev) {
    if (c->fd < 0) return;
    if (!c->connected) {
      int err = 0;
      socklen_t l = sizeof err;
      getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
      if (err) die(string("connect: ") + strerror(err));
      if (!(ev & EPOLLOUT)) return;
      c->connected = true;
      if (!c->ssl && c->on_up) c->on_up(*c);
    }
    if (c->shaking) {
      int r = SSL_do_handshake(c->ssl);
      if (r != 1) {
        int e = SSL_get_error(c->ssl, r);
        if (e == SSL_ERROR_WANT_READ) return arm(c, false);
        if (e == SSL_ERROR_WANT_WRITE) return arm(c, true);
        die("TLS handshake failed");
      }
      c->shaking = false;
      if (c->on_up) c->on_up(*c);
    }
    if (c->fd >= 0 && c->opos < c->out.size()) c->send_tail();
    if (c->fd >= 0 && c->opos >= c->out.size()) arm(c, false);
    if (!(ev & (EPOLLIN | EPOLLHUP | EPOLLERR)) || c->fd < 0) return;
    static char buf[1 << 18];
    for (;;) {
      ssize_t n;
      if (c->ssl) {
        n = SSL_read(c->ssl, buf, sizeof buf);
        if (n <= 0) {
          int e = SSL_get_error(c->ssl, n);
          if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) return;
          n = 0;
        }
      } else {
        n = read(c->fd, buf, sizeof buf);
        if (n < 0) {
          if (errno == EAGAIN || errno == EINTR) return;
          n = 0;
        }
      }
      if (n == 0) {
        c->close();
        if (c->on_close) c->on_close(*c);
        return;
      }
      c->rx += n;
      c->in.append(buf, n);
      if (c->on) c->on(*c);
      if (c->fd < 0 || c->shaking || (!c->ssl && n < (ssize_t)sizeof buf)) return;
    }
  }
  void run(double until = 1e300) {
    epoll_event ev[256];
    while (!stop && now() < until) {
      int n = epoll_wait(
          ep, ev, 256,
          until > 1e299 ? 1000 : std::max(0, std::min(1000, (int)((until - now()) * 1000) + 1)));
      for (int i = 0; i < n && !stop; i++) drive((Conn*)ev[i].data.ptr, ev[i].events);
    }
  }
};
inline void Conn::start_tls() {
  ssl = SSL_new(tls_ctx());
  SSL_set_fd(ssl, fd);
  SSL_set_connect_state(ssl);
  shaking = true;
  if (connected) loop->drive(this, 0);
}
inline void Conn::send_tail() {
  while (opos < out.size()) {
    ssize_t n =
        ssl ? SSL_write(ssl, out.data() + opos, std::min<size_t>(out.size() - opos, 1 << 16))
            : ::write(fd, out.data() + opos, out.size() - opos);
    if (n <= 0) {
      loop->arm(this, true);
      return;
    }
    opos += n;
  }
  out.clear();
  opos = 0;
}
inline void Conn::send(string_view s) {
  out.append(s);
  if (connected && !shaking) send_tail();
}
inline void Conn::close() {
  if (ssl) {
    SSL_free(ssl);
    ssl = nullptr;
  }
  if (fd >= 0) ::close(fd);
  fd = -1;
}
inline void max_files() {
  rlimit r{65536, 65536};
  setrlimit(RLIMIT_NOFILE, &r);
  signal(SIGPIPE, SIG_IGN);
}
