// Feeds bin/tegu-imapd: two logged-in sessions of one account over a store in memory. 0xFE passes
// the word to the other client, 0xFF delivers a letter. What must hold: every answer is a whole
// line of IMAP (with its literals), and the numbers of EXISTS, EXPUNGE and FETCH fit what the
// client was told before.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/bin/tegu-imapd/fake.cpp"
#include "base/log.h"
#include "base/text.h"

using namespace tegu;
using namespace tegu::imapd::fake;

namespace {

// A client that believes nothing.
class Watcher {
 public:
  explicit Watcher(Server& server) : client_(server) {
    (void)client_.login();
    take(client_.command("SELECT INBOX"));
  }

  void send(std::string_view bytes) { take(client_.send(bytes)); }
  void hear() { take(client_.hear()); }

 private:
  void take(const std::string& answer) {
    heard_ += answer;
    size_t at = 0;
    while (auto end = line_end(at)) {
      check(std::string_view(heard_).substr(at, *end - at));
      at = *end;
    }
    heard_.erase(0, at);
    // Nothing is cut short: the server has said all that it has to say.
    if (!heard_.empty()) abort();
  }

  // Behind the line that begins here, with its literals; nothing when it is not whole.
  std::optional<size_t> line_end(size_t at) const {
    while (true) {
      size_t end = heard_.find("\r\n", at);
      if (end == std::string::npos) return std::nullopt;
      std::string_view line = std::string_view(heard_).substr(at, end - at);
      size_t open = line.rfind('{');
      bool literal = line.ends_with('}') && open != line.npos;
      auto size = literal
                      ? base::parse_number<size_t>(line.substr(open + 1, line.size() - open - 2))
                      : std::nullopt;
      if (!size) return end + 2;
      at = end + 2 + *size;
      if (at > heard_.size()) return std::nullopt;
    }
  }

  void check(std::string_view line) {
    if (line.size() < 3) abort();
    bool selecting = std::exchange(selecting_, line.starts_with("* OK [PERMANENTFLAGS "));
    if (!line.starts_with("* ")) return;
    line.remove_prefix(2);
    size_t digits = 0;
    while (digits < line.size() && base::is_digit(line[digits])) ++digits;
    if (digits == 0) return;
    size_t number = *base::parse_number<size_t>(line.substr(0, digits));
    line.remove_prefix(digits);
    if (line.starts_with(" EXISTS")) {
      // Only a SELECT may begin with fewer.
      if (number < exists_ && !selecting) abort();
      exists_ = number;
    } else if (line.starts_with(" EXPUNGE")) {
      if (number == 0 || number > exists_) abort();
      --exists_;
    } else if (line.starts_with(" FETCH ")) {
      if (number == 0 || number > exists_) abort();
    }
  }

  Client client_;
  std::string heard_;
  size_t exists_ = 0;
  bool selecting_ = false;  // the line before was one of SELECT
};

constexpr std::string_view letter =
    "From: a@example.net\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  base::log::set_level(base::log::Level::error);
  Server server;
  for (int i = 0; i < 3; ++i)
    server.store.deliver(imapd::AccountId{1}, "INBOX", std::string(letter));
  Watcher one(server), two(server);
  Watcher* speaker = &one;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    size_t end = rest.find_first_of("\xfe\xff");
    speaker->send(rest.substr(0, end));
    if (end == rest.npos) break;
    if (rest[end] == '\xff') {
      server.store.deliver(imapd::AccountId{1}, "INBOX", std::string(letter));
      server.views.look_again();
    } else {
      speaker = speaker == &one ? &two : &one;
    }
    rest.remove_prefix(end + 1);
  }
  one.hear();
  two.hear();
  return 0;
}
