// IMAP load generator. host= port= tls=0|1 user=u pass=pw users=1 (users>1: user<k>) domain=
// (appended to user names) mailbox=INBOX c=1
//   imapload login n=1000 c=10          connect (+TLS), LOGIN, LOGOUT
//   imapload connect n=1000 c=10        connect (+TLS handshake) and greeting only
//   imapload fill n=10000 size=4k batch=100     MULTIAPPEND when batch>1 (CREATEs the mailbox)
//   imapload append n=2000 size=4k c=4  one APPEND per command
//   imapload cmd 'FETCH 1:* (FLAGS)' rep=5 [select=0] [pre='...']     on c connections after SELECT
//   imapload fetch1 n=20000 msgs=10000  one UID FETCH k BODY.PEEK[] per command
//   imapload store1 n=5000 msgs=10000   one UID STORE k +FLAGS.SILENT (\Seen) per command
//   imapload mix n=...                  SELECT, FETCH of the last 50 envelopes, one body
//   imapload idle n=1000 hold=30        n connections of `users` users in IDLE; then holds
//   imapload notify n=100 smtp_host= smtp_port= [lmtp=1]   from the end of DATA to EXISTS
//   imapload count file=F               messages per user into F
//   imapload wait file=F n=1000 rcpts=1 polls STATUS until smtpload's n mails are all there
#include "bench.h"

static string host, port, pass, user, mbox, domain;  // domain: appended to user names
static bool tls;
static long U;
static string uname(long k) {
  string name = U > 1 ? user + std::to_string(k % U) : user;
  return domain.empty() ? name : name + "@" + domain;
}

// A blocking command on one connection is all most modes need: send, wait for the tagged reply,
// literals skipped.
struct Imap {
  int fd = -1;
  SSL* ssl = nullptr;
  string buf;
  size_t pos = 0;
  uint64_t rx = 0;
  int tagn = 0;
  std::function<void(string_view)> untagged;
  void dial() {
    socklen_t l;
    auto a = resolve(host, port, l);
    fd = socket(a.ss_family, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (sockaddr*)&a, l)) die(string("connect ") + strerror(errno));
    if (tls) {
      ssl = SSL_new(tls_ctx());
      SSL_set_fd(ssl, fd);
      if (SSL_connect(ssl) != 1) die("TLS");
    }
    string s;
    if (!line(s)) die("no greeting");
  }
  ~Imap() {
    if (ssl) SSL_free(ssl);
    if (fd >= 0) close(fd);
  }
  bool more() {
    if (pos) {
      buf.erase(0, pos);
      pos = 0;
    }
    static thread_local char t[1 << 18];
    ssize_t n = ssl ? SSL_read(ssl, t, sizeof t) : read(fd, t, sizeof t);
    if (n <= 0) return false;
    rx += n;
    buf.append(t, n);
    return true;
  }
  bool line(string& s) {  // one line, literals removed (counted in rx only)
    s.clear();
    for (;;) {
      size_t scan = pos;
      const char* p;
      while (!(p = (const char*)memchr(buf.data() + scan, '\n', buf.size() - scan))) {
        size_t had = buf.size() - pos;
        if (!more()) return false;
        scan = pos + had;
      }
      size_t e = p - buf.data();
      size_t b = pos;
      pos = e + 1;
      if (e > b && buf[e - 1] == '\r') e--;
      s.append(buf, b, e - b);
      if (e > b && buf[e - 1] == '}') {
        size_t k = buf.rfind('{', e);
        if (k != string::npos && k >= b && k + 1 < e && isdigit(buf[k + 1])) {
          size_t len = strtoul(buf.data() + k + 1, nullptr, 10);
          while (len) {
            size_t have = std::min(len, buf.size() - pos);
            pos += have;
            len -= have;
            if (len && !more()) return false;
          }
          continue;
        }
      }
      return true;
    }
  }
  void put(string_view s) {
    while (!s.empty()) {
      ssize_t n = ssl ? SSL_write(ssl, s.data(), std::min<size_t>(s.size(), 1 << 16))
                      : write(fd, s.data(), s.size());
      if (n <= 0) die("write");
      s.remove_prefix(n);
    }
  }
  string finish(const string& tag) {
    string s;
    while (line(s)) {
      if (s.compare(0, tag.size(), tag) == 0 && s[tag.size()] == ' ')
        return s.substr(tag.size() + 1);
      if (untagged) untagged(s);
    }
    die("connection lost waiting for " + tag);
  }
  string cmd(const string& c, bool must = true) {
    string tag = "a" + std::to_string(++tagn);
    put(tag + " " + c + "\r\n");
    string r = finish(tag);
    if (must && r.compare(0, 2, "OK")) die(c.substr(0, 100) + " -> " + r);
    return r;
  }
  void login(const string& u) { cmd("LOGIN " + u + " " + pass); }
};
#include <atomic>
#include <mutex>
#include <thread>
// Runs f(worker) on c threads and returns the wall time.
static double spread(long c, std::function<void(long)> f) {
  double t = now();
  vector<std::thread> th;
  for (long k = 0; k < c; k++) th.emplace_back(f, k);
  for (auto& x : th) x.join();
  return now() - t;
}

int main(int argc, char** argv) {
  Opt o(argc, argv);
  max_files();
  host = o.s("host", "127.0.0.1");
  port = o.s("port", "1143");
  user = o.s("user", "u0");
  if (user.empty()) user = "u0";
  pass = o.s("pass", "pw");
  mbox = o.s("mailbox", "INBOX");
  domain = o.s("domain");
  tls = o.n("tls", 0);
  U = o.n("users", 1);
  const string mode = o.pos.empty() ? "" : o.pos[0];
  const long n = o.n("n", 1000), C = o.n("c", 1), size = o.n("size", 4096), rep = o.n("rep", 3),
             msgs = o.n("msgs", 10000);
  std::mutex mu;
  std::atomic<long> next{0};
  Lat lat;
  auto rate = [&](const string& name, long done, double dt) {
    figure(name + ".rate", done / dt, "op/s");
    lat.print(name + ".lat");
    figure(name + ".client_cpu", self_cpu(), "s");
  };

  if (mode == "login" || mode == "connect") {  // event-driven: thousands of short connections
    Loop loop;
    socklen_t al;
    auto a = resolve(host, port, al);
    long live = C, started = 0;
    double t0 = now();
    vector<int> ph(C);
    for (long k = 0; k < C; k++) {
      started++;
      Conn* c = loop.open(a, al, tls);
      c->on = [&, k](Conn& c) {
        string_view l;
        while (c.fd >= 0 && c.line(l)) {
          if (ph[k] == 0) {
            if (mode == "connect") {
              ph[k] = 9;
              lat.add(now() - c.t0);
              c.close();
              c.on_close(c);
              return;
            }
            ph[k] = 1;
            c.send("a LOGIN " + uname(started) + " " + pass + "\r\n");
          } else if (ph[k] == 1 && l.substr(0, 2) == "a ") {
            if (l.substr(2, 2) != "OK") die("login: " + string(l));
            lat.add(now() - c.t0);
            ph[k] = 9;
            c.send("b LOGOUT\r\n");
          }
        }
      };
      c->on_close = [&, k](Conn& c) {
        if (ph[k] != 9) die("connection lost in login");
        ph[k] = 0;
        if (started < n) {
          started++;
          loop.reopen(&c, a, al, tls);
        } else if (--live == 0)
          loop.stop = true;
      };
    }
    loop.run();
    rate(mode, started, now() - t0);
  } else if (mode == "fill" || mode == "append") {
    MailGen gen;
    const long batch = mode == "fill" ? o.n("batch", 100) : 1, first = o.n("first", 0);
    double dt = spread(C, [&](long k) {
      Imap m;
      m.dial();
      m.login(uname(k));
      m.cmd("CREATE " + mbox, false);
      string b, msg;
      for (;;) {
        long i = next.fetch_add(batch);
        if (i >= n) break;
        double t = now();
        b = "x APPEND " + mbox;
        for (long j = i; j < std::min(n, i + batch); j++) {
          msg.clear();
          gen.make(msg, first + j, size, "sender" + std::to_string(j % 997) + "@example.net",
                   uname(k) + "@bench.test");
          char d[64];
          time_t tt = 1750000000 + (first + j) * 61;
          tm g;
          gmtime_r(&tt, &g);
          strftime(d, sizeof d, " (\\Seen) \"%d-%b-%Y %H:%M:%S +0000\"", &g);
          b += d;
          b += " {" + std::to_string(msg.size()) + "+}\r\n" + msg;
        }
        b += "\r\n";
        m.put(b);
        string r = m.finish("x");
        if (r.compare(0, 2, "OK")) die("append: " + r);
        std::lock_guard g(mu);
        lat.add(now() - t);
      }
    });
    figure(mode + ".mbytes", n * size / dt / 1e6, "MB/s");
    rate(mode, n, dt);
  } else if (mode == "cmd") {
    string c = o.pos.at(1), pre = o.s("pre");
    std::atomic<uint64_t> bytes{0};
    vector<double> walls;
    double all = spread(C, [&](long k) {
      Imap m;
      m.dial();
      m.login(uname(k));
      if (o.n("select", 1)) {
        double t = now();
        m.cmd("SELECT " + mbox);
        std::lock_guard g(mu);
        figure("select", (now() - t) * 1e3, "ms");
      }
      for (long i = 0; i < rep; i++) {
        if (!pre.empty()) m.cmd(pre, false);
        uint64_t b0 = m.rx;
        double t = now();
        m.cmd(c);
        double d = now() - t;
        bytes += m.rx - b0;
        std::lock_guard g(mu);
        walls.push_back(d);
        if (rep <= 9 && C == 1) figure("cmd.run", d * 1e3, "ms");
      }
      m.cmd("LOGOUT", false);
    });
    std::sort(walls.begin(), walls.end());
    figure("cmd.p50", walls[walls.size() / 2] * 1e3, "ms");
    figure("cmd.min", walls[0] * 1e3, "ms");
    figure("cmd.max", walls.back() * 1e3, "ms");
    figure("cmd.bytes", (double)bytes / walls.size(), "B");
    figure(
        "cmd.mbytes",
        C == 1 ? (double)bytes / walls.size() / walls[walls.size() / 2] / 1e6 : bytes / all / 1e6,
        "MB/s");
    figure("cmd.rate", walls.size() / all, "op/s");
    figure("cmd.client_cpu", self_cpu(), "s");
  } else if (mode == "fetch1" || mode == "store1") {
    std::atomic<uint64_t> bytes{0};
    string item = o.s("item", "BODY.PEEK[]");
    double dt = spread(C, [&](long k) {
      Imap m;
      m.dial();
      m.login(uname(k));
      m.cmd("SELECT " + mbox);
      for (;;) {
        long i = next++;
        if (i >= n) break;
        string u = std::to_string(1 + (i * 7919) % msgs);
        double t = now();
        if (mode == "fetch1")
          m.cmd("UID FETCH " + u + " (" + item + ")");
        else
          m.cmd("UID STORE " + u +
                (i / msgs % 2 ? " -FLAGS.SILENT (\\Flagged)" : " +FLAGS.SILENT (\\Flagged)"));
        std::lock_guard g(mu);
        lat.add(now() - t);
      }
      bytes += m.rx;
    });
    figure(mode + ".mbytes", bytes / dt / 1e6, "MB/s");
    rate(mode, n, dt);
  } else if (mode == "mix") {
    double dt = spread(C, [&](long k) {
      Imap m;
      m.dial();
      m.login(uname(k));
      for (;;) {
        long i = next++;
        if (i >= n) break;
        double t = now();
        long ex = 1;
        m.untagged = [&](string_view s) {
          if (s.size() > 9 && s.substr(s.size() - 7) == " EXISTS")
            ex = atol(string(s.substr(2)).c_str());
        };
        m.cmd("SELECT " + mbox);
        m.untagged = nullptr;
        m.cmd("FETCH " + std::to_string(std::max(1l, ex - 49)) +
              ":* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)");
        m.cmd("FETCH " + std::to_string(1 + (i * 7919) % ex) + " (BODY.PEEK[])");
        m.cmd("NOOP");
        std::lock_guard g(mu);
        lat.add(now() - t);
      }
    });
    rate("mix", n, dt);
  } else if (mode == "idle") {
    Loop loop;
    socklen_t al;
    auto a = resolve(host, port, al);
    long up = 0, opened = 0;
    double t0 = now(), tup = 0;
    std::function<void()> open1 = [&] {
      long k = opened++;
      Conn* c = loop.open(a, al, tls);
      c->on = [&, k, st = 0](Conn& c) mutable {
        string_view l;
        while (c.line(l)) {
          if (st == 0) {
            st = 1;
            c.send("a LOGIN " + uname(k) + " " + pass + "\r\n");
          } else if (st == 1 && l.substr(0, 2) == "a ") {
            if (l.substr(2, 2) != "OK") die("idle login: " + string(l));
            st = 2;
            c.send("b SELECT " + mbox + "\r\n");
          } else if (st == 2 && l.substr(0, 2) == "b ") {
            if (l.substr(2, 2) != "OK") die("idle select: " + string(l));
            st = 3;
            c.send("c IDLE\r\n");
          } else if (st == 3 && l.substr(0, 1) == "+") {
            st = 4;
            if (++up == n) {
              tup = now();
              loop.stop = true;
            }
            if (opened < n) open1();
          }
        }
      };
      c->on_close = [](Conn&) { die("idle connection lost"); };
    };
    for (long k = 0; k < std::min(n, o.n("ramp", 20)); k++) open1();
    loop.run();
    figure("idle.setup_rate", n / (tup - t0), "conn/s");
    loop.stop = false;
    long hold = o.n("hold", 30);
    printf("holding %ld\n", hold);
    fflush(stdout);
    loop.run(now() + hold);
  } else if (mode == "notify") {
    Imap m;
    m.dial();
    m.login(uname(0));
    m.cmd("SELECT " + mbox);
    m.put("i IDLE\r\n");
    string s;
    while (m.line(s) && s[0] != '+') {
    }
    Lat acc, full;
    MailGen gen;
    socklen_t l;
    auto a = resolve(o.s("smtp_host", host), o.s("smtp_port", "2525"), l);
    int fd = socket(a.ss_family, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (sockaddr*)&a, l)) die("smtp connect");
    auto say = [&](const string& x) {
      if (!x.empty() && write(fd, x.data(), x.size()) < 0) die("smtp write");
      string r;
      char t[4096];
      for (;;) {
        ssize_t k = read(fd, t, sizeof t);
        if (k <= 0) die("smtp lost");
        r.append(t, k);
        if (r.back() != '\n') continue;
        size_t b = r.rfind('\n', r.size() - 2);
        b = b == string::npos ? 0 : b + 1;
        if (r.size() > b + 3 && r[b + 3] == ' ') return r;
      }
    };
    say("");
    say(o.n("lmtp", 0) ? "LHLO x\r\n" : "EHLO x\r\n");
    const string to = domain.empty() ? uname(0) + "@bench.test" : uname(0);
    for (long i = 0; i < n; i++) {
      string msg;
      say("MAIL FROM:<s@example.net>\r\n");
      say("RCPT TO:<" + to + ">\r\n");
      say("DATA\r\n");
      gen.make(msg, i, size, "s@example.net", to);
      double t = now();
      string r = say(msg + ".\r\n");
      if (r[0] != '2') die("smtp " + r);
      acc.add(now() - t);
      for (;;) {
        if (!m.line(s)) die("imap lost");
        if (s.size() > 7 && s.substr(s.size() - 7) == " EXISTS") break;
      }
      full.add(now() - t);
      usleep(o.n("gap", 20) * 1000);
    }
    acc.print("notify.smtp_accept");
    full.print("notify.to_exists");
  } else if (mode == "count" || mode == "wait") {
    // count saves every user's number of messages; wait polls each user until the saved number has
    // grown by its share of the load
    long have = 0, late = 0;
    const long R = o.n("rcpts", 1), first = o.n("first", 0);
    const string file = o.s("file", "/tmp/imapload.count");
    vector<long> base(U), want(U);
    FILE* f = fopen(file.c_str(), mode == "count" ? "w" : "r");
    if (!f) die("file " + file);
    if (mode == "wait") {
      for (auto& x : base)
        if (fscanf(f, "%ld", &x) != 1) die("count file");
      want = base;
      for (long i = first * R; i < (first + n) * R; i++) want[i % U]++;
    }
    double limit = now() + o.n("limit", 300);
    for (long k = 0; k < U; k++) {
      if (mode == "wait" && want[k] == base[k]) continue;
      Imap m;
      m.dial();
      m.login(uname(k));
      long got = 0;
      m.untagged = [&](string_view s) {
        auto p = s.find("(MESSAGES ");
        if (p != s.npos) got = atol(string(s.substr(p + 10)).c_str());
      };
      m.cmd("STATUS " + mbox + " (MESSAGES)");
      while (mode == "wait" && got < want[k] && now() < limit) {
        usleep(10000);
        m.cmd("STATUS " + mbox + " (MESSAGES)");
      }
      have += got;
      late += mode == "wait" && got < want[k];
      if (mode == "count") fprintf(f, "%ld\n", got);
    }
    fclose(f);
    figure("count", have, "n");
    if (late) return 2;
  } else
    die("unknown mode");
}
