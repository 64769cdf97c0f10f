// A blocking IMAP connection for the load tools: send a command, read to its tagged reply, count
// what came before it. Literals are skipped and counted, never kept.
#pragma once
#include "bench.h"

// Untagged answers since the last clear(); a command that brought fewer than it must is no figure.
struct Seen {
  long fetch = 0, expunge = 0, exists = -1;
  uint64_t literal = 0;  // octets inside literals
};

struct Imap {
  int fd = -1;
  SSL* ssl = nullptr;
  string buf, pieces;
  size_t pos = 0;
  uint64_t rx = 0;
  int tagn = 0;
  Seen seen;
  string last;  // the newest untagged line that is neither FETCH nor EXPUNGE

  Imap() = default;
  Imap(const Imap&) = delete;
  ~Imap() {
    if (ssl) SSL_free(ssl);
    if (fd >= 0) close(fd);
  }
  void dial(const string& host, const string& port, bool tls) {
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
    string_view greeting;
    if (!line(greeting)) die("no greeting");
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
  // One line without its end, valid until the next call; what follows a literal belongs to the
  // same line, the literal itself is left out.
  bool line(string_view& l) {
    for (bool joined = false;; joined = true) {
      size_t scan = pos;
      const char* p;
      while (!(p = (const char*)memchr(buf.data() + scan, '\n', buf.size() - scan))) {
        size_t had = buf.size() - pos;
        if (!more()) return false;
        scan = pos + had;
      }
      size_t e = p - buf.data(), b = pos;
      pos = e + 1;
      if (e > b && buf[e - 1] == '\r') e--;
      string_view got = string_view(buf).substr(b, e - b);
      size_t k = got.ends_with('}') ? got.rfind('{') : string::npos;
      bool literal = k != string::npos && isdigit(got[k + 1]);
      if (!joined && !literal) return l = got, true;
      if (!joined) pieces.clear();
      pieces += got;
      if (!literal) return l = pieces, true;
      if (!skip(strtoul(got.data() + k + 1, nullptr, 10))) return false;
    }
  }
  bool skip(size_t len) {
    seen.literal += len;
    size_t have = std::min(len, buf.size() - pos);
    pos += have;
    len -= have;
    while (len && !ssl) {  // tcp(7): MSG_TRUNC throws octets away without copying them
      ssize_t n = recv(fd, nullptr, len, MSG_TRUNC);
      if (n <= 0) return false;
      rx += n;
      len -= n;
    }
    while (len) {
      if (!more()) return false;
      have = std::min(len, buf.size() - pos);
      pos += have;
      len -= have;
    }
    return true;
  }
  void put(string_view s) {
    while (!s.empty()) {
      ssize_t n = ssl ? SSL_write(ssl, s.data(), std::min<size_t>(s.size(), 1 << 16))
                      : write(fd, s.data(), s.size());
      if (n <= 0) die("write");
      s.remove_prefix(n);
    }
  }
  void count(string_view l) {
    // "* 12 FETCH (...", "* 12 EXPUNGE", "* 12 EXISTS"
    size_t sp = l.find(' ', 2);
    string_view word = sp == string::npos ? string_view() : l.substr(sp + 1);
    if (word.starts_with("FETCH ("))
      seen.fetch++;
    else if (word == "EXPUNGE")
      seen.expunge++;
    else {
      if (word == "EXISTS") seen.exists = atol(l.data() + 2);
      last = l;
    }
  }
  string finish(const string& tag) {
    string_view l;
    while (line(l)) {
      if (l.starts_with("* "))
        count(l);
      else if (l.starts_with(tag) && l.size() > tag.size() && l[tag.size()] == ' ')
        return string(l.substr(tag.size() + 1));
    }
    die("connection lost waiting for " + tag);
  }
  string cmd(const string& c, bool must = true) {
    string tag = "a" + std::to_string(++tagn);
    seen = {};
    put(tag + " " + c + "\r\n");
    string r = finish(tag);
    if (must && r.compare(0, 2, "OK")) die(c.substr(0, 100) + " -> " + r);
    return r;
  }
};
