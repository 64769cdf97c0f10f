// The cheapest mail server there can be, to show that a load generator outruns what it measures:
// accepts every letter and forgets it but for the count, answers IMAP from prepared octets.
//   sink smtp_port=2599 imap_port=2598
// What a mailbox holds is said by its name: "b10000x4096" has 10,000 letters of 4 KB.
#include <map>
#include <mutex>
#include <thread>

#include "bench.h"

// Letters accepted for each user, and who waits for them in IDLE.
struct Hall {
  std::mutex lock;
  std::map<string, long> letters;
  std::map<string, int> idle;
  long count(const string& user) {
    std::lock_guard hold(lock);
    return letters[user];
  }
};
static Hall hall;
static std::atomic<char> flagged[1 << 20];  // by UID, of whatever box: one is measured at a time

static void put(int fd, string_view s) {
  while (!s.empty()) {
    ssize_t k = write(fd, s.data(), s.size());
    if (k <= 0) return;
    s.remove_prefix(k);
  }
}

// Lines and literals of one blocking connection; answers are gathered until nothing is left to
// read.
struct Peer {
  int fd;
  string in, out;
  size_t pos = 0;
  bool more() {
    if (!out.empty()) put(fd, out);
    out.clear();
    in.erase(0, pos);
    pos = 0;
    char buf[1 << 16];
    ssize_t k = read(fd, buf, sizeof buf);
    if (k > 0) in.append(buf, k);
    return k > 0;
  }
  bool line(string& l) {
    size_t from = pos, e;
    while ((e = in.find('\n', from)) == string::npos) {
      size_t had = in.size() - pos;
      if (!more()) return false;
      from = pos + had;
    }
    l.assign(in, pos, e - pos);
    pos = e + 1;
    if (l.ends_with('\r')) l.pop_back();
    return true;
  }
  bool skip(size_t n) {
    while (n > 0) {
      size_t have = std::min(n, in.size() - pos);
      pos += have;
      n -= have;
      if (n > 0 && !more()) return false;
    }
    return true;
  }
  // The rest of a letter, to the line with the single dot.
  bool letter() {
    size_t from = pos, e;
    while ((e = in.find("\r\n.\r\n", from)) == string::npos) {
      size_t had = in.size() - pos;
      if (had > 4) pos += had - 4;
      if (!more()) return false;
      from = pos;
    }
    pos = e + 5;
    return true;
  }
};

static string user_of(string_view address) {
  size_t b = address.find('<') + 1;
  return string(address.substr(b, address.find_first_of("@>", b) - b));
}

static void smtp(Peer p) {
  string l;
  vector<string> to;
  put(p.fd, "220 sink\r\n");
  while (p.line(l)) {
    char c = toupper(l[0]);
    if (c == 'R') to.push_back(user_of(l));
    if (c == 'E') p.out += "250-sink\r\n250 PIPELINING\r\n";
    if (c == 'M' || c == 'R') p.out += "250 ok\r\n";
    if (c == 'Q') {
      put(p.fd, p.out + "221 bye\r\n");
      break;
    }
    if (c != 'D') continue;
    p.out += "354 go\r\n";
    if (!p.letter()) break;
    {
      std::lock_guard hold(hall.lock);
      for (auto& user : to) {
        long n = ++hall.letters[user];
        auto waits = hall.idle.find(user);
        if (waits != hall.idle.end()) put(waits->second, "* " + std::to_string(n) + " EXISTS\r\n");
      }
    }
    to.clear();
    p.out += "250 ok\r\n";
  }
  close(p.fd);
}

struct Box {
  long letters = 0, size = 0;
};
static Box box_of(const string& name) {
  Box box;
  sscanf(name.c_str(), "b%ldx%ld", &box.letters, &box.size);
  return box;
}

// One FETCH answer with the items that `asked` names.
static string answer(long k, const string& asked, long size) {
  string n = std::to_string(k), items = "UID " + n;
  if (asked.find("FLAGS") != string::npos) items += " FLAGS (\\Seen \\Flagged)";
  if (asked.find("INTERNALDATE") != string::npos)
    items += " INTERNALDATE \"15-Jun-2025 15:06:40 +0000\" RFC822.SIZE 4096";
  if (asked.find("ENVELOPE") != string::npos)
    items += " ENVELOPE (\"Sun, 15 Jun 2025 15:06:40 +0000\" \"Benchmark message " + n +
             " about project 1\" ((\"Sender 1\" NIL \"sender1\" \"example.net\")) ((\"Sender 1\" "
             "NIL \"sender1\" \"example.net\")) ((\"Sender 1\" NIL \"sender1\" \"example.net\")) "
             "((NIL NIL \"u98\" \"bench.test\")) NIL NIL NIL \"<" +
             n + ".bench@example.net>\")";
  if (asked.find("BODYSTRUCTURE") != string::npos)
    items +=
        " BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 3500 60 "
        "NIL NIL NIL NIL)";
  string body;
  if (asked.find("BODY.PEEK") != string::npos) {
    items += " BODY[] {" + std::to_string(size) + "}\r\n";
    body.assign(size, 'x');
  }
  return "* " + n + " FETCH (" + items + body + ")\r\n";
}

// The answer to a command on all letters of a box, made once.
static const string& prepared(const string& command, Box box) {
  static std::mutex lock;
  static std::map<string, string> all;
  std::lock_guard hold(lock);
  string& text = all[command + " " + std::to_string(box.letters) + " " + std::to_string(box.size)];
  if (!text.empty()) return text;
  for (long k = box.letters; k > 0; k--) {
    if (command.starts_with("MOVE"))
      text += "* " + std::to_string(k) + " EXPUNGE\r\n";
    else if (!command.starts_with("COPY"))
      text += answer(box.letters + 1 - k, command, box.size);
  }
  return text;
}

static void imap(Peer p) {
  string l, user;
  Box box;
  put(p.fd, "* OK sink\r\n");
  while (p.line(l)) {
    size_t sp = l.find(' ');
    if (sp == string::npos) continue;
    string tag = l.substr(0, sp), c = l.substr(sp + 1);
    auto word = [&](const char* w) { return c.starts_with(w); };
    if (word("LOGIN")) {
      user = c.substr(6, c.find(' ', 6) - 6);
    } else if (word("SELECT") || word("EXAMINE")) {
      box = box_of(c.substr(c.find(' ') + 1));
      p.out += "* " + std::to_string(box.letters) + " EXISTS\r\n";
    } else if (word("STATUS")) {
      p.out += "* STATUS INBOX (MESSAGES " + std::to_string(hall.count(user)) + ")\r\n";
    } else if (word("IDLE")) {
      put(p.fd, p.out + "+ idling\r\n");
      p.out.clear();
      std::lock_guard hold(hall.lock);
      hall.idle[user] = p.fd;
      continue;
    } else if (word("APPEND")) {
      box = box_of(c.substr(7, c.find(' ', 7) - 7));
      size_t k = l.rfind('{');
      if (k == string::npos || !p.skip(strtoul(l.c_str() + k + 1, nullptr, 10)) || !p.line(l))
        break;
    } else if (word("UID FETCH") || word("UID STORE")) {
      long uid = atol(c.c_str() + 10);
      if (word("UID STORE")) flagged[uid % std::size(flagged)] = c.find("+FLAGS") != string::npos;
      p.out += answer(uid, c.substr(10), box.size);
    } else if (word("FETCH") || word("STORE") || word("MOVE")) {
      if (c.find("SILENT") == string::npos)
        put(p.fd, prepared(c, box));
      else
        for (auto& flag : flagged) flag = 0;
    } else if (word("SEARCH")) {
      p.out += "* SEARCH";
      for (long k = 1; k <= box.letters; k++)
        if (flagged[k]) p.out += " " + std::to_string(k);
      p.out += "\r\n";
    }
    p.out += tag + " OK done\r\n";
    if (word("LOGOUT")) {
      put(p.fd, p.out);
      break;
    }
  }
  close(p.fd);
}

static constexpr int most_clients = 200;  // at a time

static void serve(long port, void (*talk)(Peer)) {
  int ls = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(ls, (sockaddr*)&a, sizeof a) || listen(ls, 1024)) die("bind");
  // Threads that wait for clients: making one for each would be most of the work of a short visit.
  auto wait = [ls, talk] {
    for (int one = 1;;) {
      int fd = accept(ls, nullptr, nullptr);
      if (fd < 0) continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      talk(Peer{fd, {}, {}});
    }
  };
  for (int i = 1; i < most_clients; i++) std::thread(wait).detach();
  wait();
}

int main(int argc, char** argv) {
  Opt o(argc, argv);
  max_files();
  std::thread(serve, o.n("smtp_port", 2599), smtp).detach();
  serve(o.n("imap_port", 2598), imap);
}
