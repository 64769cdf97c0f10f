// The cheapest possible servers, to show that a load generator outruns what it measures. One
// thread, accepts anything, stores nothing.
//   sink smtp port=2599 | sink imap port=2598 | sink tls port=2597 cert=ec.pem key=ec.key
// tls: handshake, greeting, then waits for the close.
#include "bench.h"
int main(int argc, char** argv) {
  Opt o(argc, argv);
  max_files();
  const bool smtp = o.pos.at(0) == "smtp", tls = o.pos[0] == "tls";
  SSL_CTX* ctx = nullptr;
  if (tls) {
    ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    if (SSL_CTX_use_certificate_chain_file(ctx, o.s("cert").c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, o.s("key").c_str(), SSL_FILETYPE_PEM) != 1)
      die("cert/key");
  }
  int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(o.n("port", smtp ? 2599 : tls ? 2597 : 2598));
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(ls, (sockaddr*)&a, sizeof a) || listen(ls, 1024)) die("bind");
  struct C {
    int fd;
    bool data = false;
    string in;
    SSL* ssl = nullptr;
    bool up = false;
  };
  int ep = epoll_create1(0);
  epoll_event e{EPOLLIN, {.ptr = nullptr}};
  epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
  static char buf[1 << 18];
  for (;;) {
    epoll_event ev[64];
    int n = epoll_wait(ep, ev, 64, -1);
    for (int i = 0; i < n; i++) {
      if (!ev[i].data.ptr) {
        int fd = accept4(ls, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        C* c = new C{fd, false, {}};
        epoll_event x{EPOLLIN, {.ptr = c}};
        epoll_ctl(ep, EPOLL_CTL_ADD, fd, &x);
        if (tls) {
          c->ssl = SSL_new(ctx);
          SSL_set_fd(c->ssl, fd);
          SSL_set_accept_state(c->ssl);
          continue;
        }
        const char* g = smtp ? "220 sink\r\n" : "* OK sink\r\n";
        if (write(fd, g, strlen(g)) < 0) {
        }
        continue;
      }
      C* c = (C*)ev[i].data.ptr;
      if (tls) {
        int r = c->up ? SSL_read(c->ssl, buf, sizeof buf) : SSL_do_handshake(c->ssl);
        if (r == 1 && !c->up) {
          c->up = true;
          SSL_write(c->ssl, "* OK sink\r\n", 11);
        } else if (r <= 0) {
          int e = SSL_get_error(c->ssl, r);
          if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE) {
            SSL_free(c->ssl);
            close(c->fd);
            delete c;
          }
        }
        continue;
      }
      ssize_t r = read(c->fd, buf, sizeof buf);
      if (r <= 0) {
        if (r < 0 && errno == EAGAIN) continue;
        close(c->fd);
        delete c;
        continue;
      }
      c->in.append(buf, r);
      string out;
      size_t p = 0;
      for (;;) {
        if (c->data) {
          size_t k = c->in.compare(p, 3, ".\r\n") == 0 ? p : c->in.find("\r\n.\r\n", p);
          if (k == string::npos) {
            size_t keep = std::min<size_t>(4, c->in.size() - p);
            p = c->in.size() - keep;
            break;
          }
          p = k == p && c->in[p] == '.' ? k + 3 : k + 5;
          c->data = false;
          out += "250 ok\r\n";
          continue;
        }
        size_t k = c->in.find('\n', p);
        if (k == string::npos) break;
        string_view l = string_view(c->in).substr(p, k - p);
        p = k + 1;
        if (smtp) {
          char x = toupper(l[0]);
          if (x == 'D') {
            c->data = true;
            out += "354 go\r\n";
          } else if (x == 'Q')
            out += "221 bye\r\n";
          else
            out += x == 'E' ? "250-sink\r\n250 PIPELINING\r\n" : "250 ok\r\n";
        } else if (auto s = l.find(' '); s != l.npos) {
          out += string(l.substr(0, s)) + " OK done\r\n";
          c->up = l.find("LOGOUT") != l.npos;
        }
      }
      c->in.erase(0, p);
      if (!out.empty() && write(c->fd, out.data(), out.size()) < 0) {
      }
      if (smtp ? out.find("221") != string::npos : c->up) {
        close(c->fd);
        delete c;
      }
    }
  }
}
