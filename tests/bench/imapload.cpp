// IMAP load generator. host= port= tls=0|1 user=u pass=pw users=1 (users>1: user<k>) domain=
// (appended to user names) mailbox=INBOX c=1 (connections). server_cpu= a file of the server's
// accounting group: its CPU seconds during the measured part are printed too.
//   login n=1000 c=10                  connect (+TLS), LOGIN, LOGOUT
//   fill n=10000 size=4k batch=100     MULTIAPPEND; makes the mailbox
//   append n=2000 size=4k c=4          one APPEND a command
//   cmd 'FETCH 1:* (FLAGS)' rep=5 warm=1 [select=0] [pre=..] [undo=..] and what each answer must
//       hold: [fetched=n] [expunged=n] [exists=n] [literal=octets]. Only the command is timed.
//   fetch1 n=20000 msgs=10000          UID FETCH k (BODY.PEEK[]), a message a command
//   store1 n=5000 msgs=10000           UID STORE k +FLAGS (\Flagged), then -FLAGS: each changes
//   idle n=1000                        n connections of `users` users in IDLE, until stdin ends
//   notify n=100 smtp_host= smtp_port= from the end of DATA to EXISTS
//   watch                              logs in `users` users; then, for each line "n rcpts" on
//                                      stdin, waits until as many letters more are there
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "imap.h"

static string host, port, pass, user, mbox, domain;
static bool tls;
static long U, n, C, size_, msgs;

static string uname(long k) {
  string name = U > 1 ? user + std::to_string(k % U) : user;
  return domain.empty() ? name : name + "@" + domain;
}

static void enter(Imap& m, long k) {
  m.dial(host, port, tls);
  m.cmd("LOGIN " + uname(k) + " " + pass);
}

// What a mode measures: latencies of all its connections, wall time, the server's CPU.
struct Measured {
  std::mutex lock;
  Lat lat;
  void add(double seconds) {
    std::lock_guard hold(lock);
    lat.add(seconds);
  }
  void print(const string& name, long done, double wall, double cpu) {
    figure(name + ".rate", done / wall, "op/s");
    figure(name + ".server_cpu", cpu / done, "s/op");
    lat.print(name + ".lat");
    figure(name + ".client_cpu", self_cpu(), "s");
  }
};

// Every connection is made and made ready first; then all run at once, and only that is timed.
static void together(const string& name, long done, std::function<void(Imap&, long)> ready,
                     std::function<void(Imap&, long, Measured&)> run) {
  Measured measured;
  vector<std::unique_ptr<Imap>> all;
  for (long k = 0; k < C; k++) {
    all.push_back(std::make_unique<Imap>());
    enter(*all.back(), k);
    ready(*all.back(), k);
  }
  double cpu = server_cpu(), t = now();
  vector<std::thread> threads;
  for (long k = 0; k < C; k++) threads.emplace_back([&, k] { run(*all[k], k, measured); });
  for (auto& thread : threads) thread.join();
  double wall = now() - t;
  measured.print(name, done, wall, server_cpu() - cpu);
}

static void login() {  // event-driven: thousands of short connections
  Loop loop;
  Measured measured;
  socklen_t al;
  auto a = resolve(host, port, al);
  long live = C, started = 0;
  enum Phase { greeting, asked, leaving };
  vector<Phase> phase(C);
  double cpu = server_cpu(), t0 = now();
  for (long k = 0; k < C; k++) {
    started++;
    Conn* c = loop.open(a, al, tls);
    c->on = [&, k](Conn& c) {
      string_view l;
      while (c.fd >= 0 && c.line(l)) {
        if (phase[k] == greeting) {
          phase[k] = asked;
          c.send("a LOGIN " + uname(started) + " " + pass + "\r\n");
        } else if (phase[k] == asked && l.substr(0, 2) == "a ") {
          if (l.substr(2, 2) != "OK") die("login: " + string(l));
          measured.lat.add(now() - c.t0);
          phase[k] = leaving;
          c.send("b LOGOUT\r\n");
        }
      }
    };
    c->on_close = [&, k](Conn& c) {
      if (phase[k] != leaving) die("connection lost in login");
      phase[k] = greeting;
      if (started < n) {
        started++;
        loop.reopen(&c, a, al, tls);
      } else if (--live == 0)
        loop.stop = true;
    };
  }
  loop.run();
  measured.print("login", started, now() - t0, server_cpu() - cpu);
}

static void append(long batch) {
  MailGen gen(std::max<size_t>(2 << 20, size_ * 2));
  static const char* flags[] = {" (\\Seen)", " (\\Seen \\Answered)", " (\\Seen)", " (\\Seen)", ""};
  std::atomic<long> next{0};
  auto ready = [](Imap& m, long k) {
    if (k == 0) m.cmd("CREATE " + mbox, false);
  };
  together("append", n, ready, [&](Imap& m, long k, Measured& measured) {
    string b, d(64, 0);
    for (;;) {
      long i = next.fetch_add(batch);
      if (i >= n) break;
      b = "x APPEND " + mbox;
      for (long j = i; j < std::min(n, i + batch); j++) {
        string msg;
        gen.make(msg, j, size_, "sender" + std::to_string(j % 997) + "@example.net",
                 uname(k) + "@bench.test");
        time_t when = 1750000000 + j * 61;
        tm g;
        gmtime_r(&when, &g);
        b += flags[j % 5];
        b.append(d.data(), strftime(d.data(), d.size(), " \"%d-%b-%Y %H:%M:%S +0000\"", &g));
        b += " {" + std::to_string(msg.size()) + "+}\r\n" + msg;
      }
      b += "\r\n";
      double t = now();
      m.put(b);
      string r = m.finish("x");
      if (r.compare(0, 2, "OK")) die("append: " + r);
      measured.add(now() - t);
    }
  });
  Imap m;
  enter(m, 0);
  m.cmd("EXAMINE " + mbox);
  if (m.seen.exists < n) die("after APPEND only " + std::to_string(m.seen.exists) + " are there");
}

static void command(const Opt& o) {
  const string c = o.pos.at(1), pre = o.s("pre"), undo = o.s("undo");
  const long warm = o.n("warm", 0), rep = o.n("rep", 3);
  const long fetched = o.n("fetched", -1), expunged = o.n("expunged", -1),
             exists = o.n("exists", -1), literal = o.n("literal", -1);
  Imap m;
  enter(m, 0);
  if (!pre.empty()) m.cmd(pre);
  if (o.n("select", 1)) m.cmd("SELECT " + mbox);
  Lat lat;
  double cpu = 0, bytes = 0;
  for (long i = 0; i < warm + rep; i++) {
    uint64_t before = m.rx;
    double cpu0 = server_cpu(), t = now();
    string r = m.cmd(c);
    double took = now() - t;
    auto lacks = [&](const char* what, long want, long got) {
      if (want >= 0 && got < want)
        die(c + ": " + what + " " + std::to_string(got) + " of " + std::to_string(want));
    };
    lacks("FETCH", fetched, m.seen.fetch);
    lacks("EXPUNGE", expunged, m.seen.expunge);
    lacks("EXISTS", exists, m.seen.exists);
    lacks("octets", literal, (long)m.seen.literal);
    if (i >= warm) {
      lat.add(took);
      cpu += server_cpu() - cpu0;
      bytes = m.rx - before;
    }
    if (!undo.empty()) m.cmd(undo);
  }
  lat.print("cmd");
  figure("cmd.server_cpu", cpu / rep, "s/op");
  figure("cmd.bytes", bytes, "B");
  figure("cmd.client_cpu", self_cpu(), "s");
}

// One command a message, on all connections at once, until n are done. 7919 is prime: all messages
// are met. `command` has the count of those before and the UID.
static void one_by_one(const std::function<string(long, const string&)>& command,
                       const std::function<bool(const Imap&)>& is_answered) {
  std::atomic<long> next{0};
  auto ready = [](Imap& m, long) { m.cmd("SELECT " + mbox); };
  together("one", n, ready, [&](Imap& m, long, Measured& measured) {
    for (;;) {
      long i = next++;
      if (i >= n) break;
      string text = command(i, std::to_string(1 + (i * 7919) % msgs));
      double t = now();
      m.cmd(text);
      measured.add(now() - t);
      if (!is_answered(m)) die(text + ": not answered");
    }
  });
}

static void fetch_one() {
  one_by_one([](long, const string& uid) { return "UID FETCH " + uid + " (BODY.PEEK[])"; },
             [](const Imap& m) {
               return m.seen.fetch >= 1 && m.seen.literal >= (uint64_t)size_ * 9 / 10;
             });
}

// Message after message is flagged; when all are, the flag goes again.
static void store_one() {
  Imap judge;
  enter(judge, C);
  judge.cmd("SELECT " + mbox);
  judge.cmd("STORE 1:* -FLAGS.SILENT (\\Flagged)");
  auto command = [](long i, const string& uid) {
    return "UID STORE " + uid + (i / msgs % 2 ? " -FLAGS" : " +FLAGS") + " (\\Flagged)";
  };
  one_by_one(command, [](const Imap& m) { return m.seen.fetch >= 1; });
  judge.cmd("SELECT " + mbox);
  judge.last.clear();
  judge.cmd("SEARCH FLAGGED");
  long want = n / msgs % 2 ? msgs - n % msgs : n % msgs;
  long got = std::count(judge.last.begin(), judge.last.end(), ' ') - 1;
  if (got != want)
    die("flagged are " + std::to_string(got) + ", not " + std::to_string(want) + ": " +
        judge.last.substr(0, 60));
  judge.cmd("STORE 1:* -FLAGS.SILENT (\\Flagged)");
}

static void idle(long ramp) {
  Loop loop;
  socklen_t al;
  auto a = resolve(host, port, al);
  long up = 0, opened = 0;
  double t0 = now();
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
          if (++up == n) loop.stop = true;
          if (opened < n) open1();
        }
      }
    };
    c->on_close = [](Conn&) { die("idle connection lost"); };
  };
  for (long k = 0; k < std::min(n, ramp); k++) open1();
  loop.run();
  figure("idle.setup_rate", n / (now() - t0), "conn/s");
  printf("holding\n");
  fflush(stdout);
  loop.stop = false;
  std::thread([&] {
    while (getchar() != EOF) {
    }
    loop.stop = true;
  }).detach();
  loop.run();  // a lost connection ends the program with an error
}

// One SMTP connection; say() returns the last line of the reply.
struct Smtp {
  int fd;
  Smtp(const string& host, const string& port) {
    socklen_t l;
    auto a = resolve(host, port, l);
    fd = socket(a.ss_family, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (sockaddr*)&a, l)) die("smtp connect");
  }
  string say(const string& x) {
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
      if (r.size() > b + 3 && r[b + 3] == ' ') break;
    }
    if (r[0] != '2' && r[0] != '3') die("smtp " + r);
    return r;
  }
};

static void notify(const Opt& o) {
  Imap m;
  enter(m, 0);
  m.cmd("SELECT " + mbox);
  m.put("i IDLE\r\n");
  string_view l;
  while (m.line(l) && !l.starts_with('+')) {
  }
  Lat accepted, shown;
  MailGen gen;
  Smtp smtp(o.s("smtp_host", host), o.s("smtp_port", "2525"));
  smtp.say("");
  smtp.say("EHLO load.test\r\n");
  const string to = domain.empty() ? uname(0) + "@bench.test" : uname(0);
  double cpu = server_cpu();
  for (long i = 0; i < n; i++) {
    smtp.say("MAIL FROM:<s@example.net>\r\n");
    smtp.say("RCPT TO:<" + to + ">\r\n");
    smtp.say("DATA\r\n");
    string msg;
    gen.make(msg, i, size_, "s@example.net", to);
    double t = now();
    smtp.say(msg + ".\r\n");
    accepted.add(now() - t);
    do {
      if (!m.line(l)) die("imap lost");
    } while (!l.ends_with(" EXISTS"));
    shown.add(now() - t);
    usleep(o.n("gap", 20) * 1000);
  }
  figure("notify.server_cpu", (server_cpu() - cpu) / n, "s/op");
  accepted.print("notify.smtp_accept");
  shown.print("notify.to_exists");
}

static void watch() {
  vector<std::unique_ptr<Imap>> all;
  vector<long> want(U);
  auto messages = [&](long k) {
    Imap& m = *all[k];
    m.last.clear();
    m.cmd("STATUS " + mbox + " (MESSAGES)");
    auto p = m.last.find("(MESSAGES ");
    if (p == string::npos) die("STATUS: " + m.last);
    return atol(m.last.c_str() + p + 10);
  };
  for (long k = 0; k < U; k++) {
    all.push_back(std::make_unique<Imap>());
    enter(*all.back(), k);
    want[k] = messages(k);
  }
  printf("watching\n");
  fflush(stdout);
  long letters, recipients;
  while (scanf("%ld %ld", &letters, &recipients) == 2) {
    for (long i = 0; i < letters * recipients; i++) want[i % U]++;
    double limit = now() + 600;
    for (long k = 0; k < U; k++) {
      while (messages(k) < want[k]) {
        if (now() > limit) die("letters did not arrive");
        usleep(5000);
      }
    }
    printf("%.6f\n", now());
    fflush(stdout);
  }
}

int main(int argc, char** argv) {
  Opt o(argc, argv);
  max_files();
  host = o.s("host", "127.0.0.1");
  port = o.s("port", "1143");
  user = o.s("user", "u");
  pass = o.s("pass", "pw");
  mbox = o.s("mailbox", "INBOX");
  domain = o.s("domain");
  tls = o.n("tls", 0);
  U = o.n("users", 1);
  n = o.n("n", 1000);
  C = o.n("c", 1);
  size_ = o.n("size", 4096);
  msgs = o.n("msgs", 10000);
  server_cpu_file() = o.s("server_cpu");
  const string mode = o.pos.empty() ? "" : o.pos[0];
  if (mode == "login")
    login();
  else if (mode == "fill" || mode == "append")
    append(mode == "fill" ? o.n("batch", 100) : 1);
  else if (mode == "cmd")
    command(o);
  else if (mode == "fetch1")
    fetch_one();
  else if (mode == "store1")
    store_one();
  else if (mode == "idle")
    idle(o.n("ramp", 20));
  else if (mode == "notify")
    notify(o);
  else if (mode == "watch")
    watch();
  else
    die("unknown mode");
}
