// A client's line: bytes in through the framer, answers out in pieces of some KiB, so that a long
// answer waits for a slow client instead of growing in memory.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/buffered.h"
#include "io/scope.h"
#include "io/stream.h"
#include "wire/imap/framer.h"

namespace tegu::imapd {

class Connection {
 public:
  // `socket`: below the stream, borrowed; -1 when there is none (tests).
  Connection(io::Loop& loop, std::unique_ptr<io::Stream> stream, int socket);
  Connection(const Connection&) = delete;

  // May interrupt() end this wait?
  enum class Wait { to_its_end, interruptible };
  // The next frame but NeedMore, of which views live until the next call; nothing at the client's
  // end, or when interrupted. Flushes before it waits, and answers NeedLiteral itself.
  io::Task<std::optional<wire::imap::Frame>> next(io::Deadline deadline,
                                                  Wait wait = Wait::to_its_end);
  // From now on nobody waits for a command of this client.
  void interrupt();
  bool interrupted() const { return interrupted_; }
  wire::imap::Framer& framer() { return framer_; }
  // Are there bytes of the client that nobody has looked at?
  bool has_input() const { return !reader_.view().empty(); }

  // Answers are appended here. Long ones call drain() every now and then: it writes when much has
  // gathered.
  std::string& out() { return out_; }
  io::Task<void> drain();
  bool is_full() const { return out_.size() >= drain_at; }
  io::Task<void> flush();
  // Straight through, after what has gathered.
  io::Task<void> write(std::string_view bytes);
  // Octets that left so far.
  uint64_t sent() const { return sent_; }

  // STARTTLS: forgets all input (RFC 9051 6.2.1) and goes on over what `wrap` makes of the stream.
  std::unique_ptr<io::Stream> release_stream();
  void resume(std::unique_ptr<io::Stream> stream);
  io::Stream& stream() const { return *stream_; }
  io::Task<void> close();

 private:
  static constexpr size_t drain_at = 64 * 1024;
  // What the buffer may keep while the client is silent.
  static constexpr size_t kept_when_idle = 256;
  void acknowledge_quickly() const;
  io::Task<bool> fill_until_interrupted(io::Deadline deadline);
  io::Task<void> fill_into(bool& more, io::Deadline deadline);

  io::Loop& loop_;
  int socket_;
  std::unique_ptr<io::Stream> stream_;
  io::BufferedReader reader_;
  wire::imap::Framer framer_;
  std::string out_;
  io::Scope* reading_ = nullptr;  // of the wait that interrupt() may end
  bool interrupted_ = false;
  uint64_t sent_ = 0;
};

}  // namespace tegu::imapd
