// SMTP/LMTP load generator.
//   smtpload host= port= n=1000 sessions=10 size=4k rcpts=1 users=100 per_conn=0 pipeline=1 bdat=0
//   lmtp=0 tls=0|1|start auth=user:pass
// Recipients are user<k>@domain, k cycling through `users`. per_conn=0: all of a session's mails on
// one connection.
#include "bench.h"

static string b64(const string& s) {
  string o((s.size() + 2) / 3 * 4 + 1, 0);
  o.resize(EVP_EncodeBlock((unsigned char*)o.data(), (const unsigned char*)s.data(), s.size()));
  return o;
}

int main(int argc, char** argv) {
  Opt o(argc, argv);
  max_files();
  const string host = o.s("host", "127.0.0.1"), port = o.s("port", "2525"),
               dom = o.s("domain", "bench.test"), pre = o.s("user", "u"), tls = o.s("tls", "0"),
               auth = o.s("auth");
  const long n = o.n("n", 1000), S = o.n("sessions", 10), size = o.n("size", 4096),
             R = o.n("rcpts", 1), U = o.n("users", 100), per = o.n("per_conn", 0),
             first = o.n("first", 0);
  const bool pipe = o.n("pipeline", 1), bdat = o.n("bdat", 0), lmtp = o.n("lmtp", 0);
  MailGen gen(std::max<size_t>(2 << 20, size * 2));
  socklen_t alen;
  auto addr = resolve(host, port, alen);
  Loop loop;
  Lat lat;
  long started = 0, ok = 0, bad = 0, live = S, conns = 0;
  struct St {
    int phase = 0;
    long left = 0;
    long i = 0;
    double t = 0;
    bool in_multi = false, authed = false;
    int need = 0;
    bool secure = false, gotbad = false;
  };
  vector<St> st(S);
  // phases: 0 greeting 1 EHLO 2 STARTTLS 3 AUTH 4 MAIL 5 RCPT 6 DATA 7 final 8 QUIT
  string msg;
  auto from = [](long i) { return "sender" + std::to_string(i % 997) + "@example.net"; };
  auto rcpt = [&](long i, long r) { return pre + std::to_string((i * R + r) % U) + "@" + dom; };
  auto body = [&](Conn& c, long i) {
    msg.clear();
    gen.make(msg, i, size, from(i), rcpt(i, 0));
    if (bdat)
      c.send("BDAT " + std::to_string(msg.size()) + " LAST\r\n");
    else
      msg += ".\r\n";
    c.send(msg);
  };
  double t0 = 0;  // the first MAIL
  auto next = [&](Conn& c, St& s) {
    if (started >= n || s.left == 0) {
      s.phase = 8;
      c.send("QUIT\r\n");
      return;
    }
    if (t0 == 0) t0 = now();
    s.i = first + started++;
    s.left--;
    s.t = now();
    s.gotbad = false;
    string m = "MAIL FROM:<" + from(s.i) + ">\r\n";
    s.phase = 4;
    if (pipe) {
      for (long r = 0; r < R; r++) m += "RCPT TO:<" + rcpt(s.i, r) + ">\r\n";
      if (!bdat) m += "DATA\r\n";
    }
    s.need = 1;
    c.send(m);
    if (pipe && bdat) body(c, s.i);
  };
  std::function<void(Conn&, St&, int)> reply = [&](Conn& c, St& s, int code) {
    auto ehlo = [&] {
      s.phase = 1;
      c.send(lmtp ? "LHLO load.test\r\n" : "EHLO load.test\r\n");
    };
    auto fail = [&] {
      if (!s.gotbad) {
        fprintf(stderr, "reply %d in phase %d\n", code, s.phase);
      }
      s.gotbad = true;
    };
    switch (s.phase) {
      case 0:
        if (code != 220) die("greeting " + std::to_string(code));
        ehlo();
        break;
      case 1:
        if (tls == "start" && !s.secure) {
          s.phase = 2;
          c.send("STARTTLS\r\n");
        } else if (!auth.empty() && !s.authed) {
          s.phase = 3;
          string a = auth;
          auto k = a.find(':');
          c.send("AUTH PLAIN " +
                 b64(string(1, 0) + a.substr(0, k) + string(1, 0) + a.substr(k + 1)) + "\r\n");
        } else
          next(c, s);
        break;
      case 2:
        s.secure = true;
        c.compact();
        c.on_up = [&, ehlo](Conn&) { ehlo(); };
        c.start_tls();
        break;
      case 3:
        if (code != 235) die("auth " + std::to_string(code));
        s.authed = true;
        next(c, s);
        break;
      case 4:
        if (code != 250) fail();
        s.phase = 5;
        s.need = R;
        if (!pipe) c.send("RCPT TO:<" + rcpt(s.i, 0) + ">\r\n");
        break;
      case 5:
        if (code != 250) fail();
        if (--s.need > 0) {
          if (!pipe) c.send("RCPT TO:<" + rcpt(s.i, R - s.need) + ">\r\n");
          break;
        }
        if (bdat) {
          s.phase = 7;
          s.need = lmtp ? R : 1;
          if (!pipe) body(c, s.i);
        } else {
          s.phase = 6;
          if (!pipe) c.send("DATA\r\n");
        }
        break;
      case 6:
        if (code != 354) die("DATA refused " + std::to_string(code));
        s.phase = 7;
        s.need = lmtp ? R : 1;
        body(c, s.i);
        break;
      case 7:
        if (code != 250) fail();
        if (--s.need > 0) break;
        if (s.gotbad)
          bad++;
        else {
          ok++;
          lat.add(now() - s.t);
        }
        next(c, s);
        break;
      case 8:
        c.close();
        if (c.on_close) c.on_close(c);
        break;
    }
  };
  for (long k = 0; k < S; k++) {
    Conn* c = loop.open(addr, alen, tls == "1");
    conns++;
    st[k].left = per ? per : -1;
    c->on = [&, k](Conn& c) {
      string_view l;
      while (c.fd >= 0 && !c.shaking && c.line(l))
        if (l.size() < 4 || l[3] != '-') reply(c, st[k], atoi(string(l.substr(0, 3)).c_str()));
    };
    c->on_close = [&, k](Conn& c) {
      if (st[k].phase != 8) {
        fprintf(stderr, "connection lost in phase %d\n", st[k].phase);
        bad++;
      }
      if (started < n) {
        st[k] = St{};
        st[k].left = per ? per : -1;
        conns++;
        c.on_up = nullptr;
        loop.reopen(&c, addr, alen, tls == "1");
      } else if (--live == 0)
        loop.stop = true;
    };
  }
  loop.run();
  double dt = now() - t0;
  figure("smtp.rate", ok / dt, "msg/s");
  figure("smtp.rcpt_rate", ok * R / dt, "rcpt/s");
  figure("smtp.mbytes", ok * size / dt / 1e6, "MB/s");
  figure("smtp.began", t0, "s");  // CLOCK_MONOTONIC, as the watch of imapload prints
  lat.print("smtp.lat");
  figure("smtp.conns", conns, "n");
  figure("smtp.failed", bad, "n");
  figure("smtp.client_cpu", self_cpu(), "s");
  return bad ? 2 : 0;
}
