// One client: reads a command, checks it against the command table, runs its handler, says what
// happened to the selected mailbox meanwhile and answers with the tag (RFC 9051 3 and 5.5). The one
// place that catches CommandError and the errors of a broken world.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/metrics.h"
#include "command_error.h"
#include "connection.h"
#include "guests.h"
#include "io/sync.h"
#include "read_ahead.h"
#include "selected.h"
#include "store.h"
#include "views.h"
#include "wire/imap/parser.h"
#include "world.h"

namespace tegu::imapd {

struct SessionMetrics {
  base::Counter commands_ok, commands_no, commands_bad, logins_ok, logins_failed;
};

// All that sessions of one loop share; owned by main, outlives them.
struct Services {
  World& world;
  Store& store;
  Views& views;
  io::Scope& scope;
  SessionMetrics& metrics;
  Guests& guests;
  ReadAhead& read_ahead;
  std::string spool_folder;
};

// What the tagged OK carries.
struct Reply {
  std::string text = "Done";
  std::string code = {};
};

class Session {
 public:
  // `peer`: the client's address, for logs and the router. `socket`: as for Connection.
  Session(Services services, std::unique_ptr<io::Stream> stream, std::string peer, int socket = -1);
  Session(const Session&) = delete;

  // Until the client leaves, is thrown out, or the daemon stops. Throws only Cancelled.
  io::Task<void> run();

  // Shutdown: ends after the command at hand with a BYE.
  void interrupt() { line_.interrupt(); }

  // ---- for the handlers
  Services& services() { return services_; }
  Connection& line() { return line_; }
  std::string& out() { return line_.out(); }
  const std::string& id() const { return id_; }
  const std::string& peer() const { return peer_; }
  std::string_view tag() const { return tag_; }

  // "login", "INBOX", "IDLE INBOX": for status.
  std::string state_text() const;
  void set_idle(bool idle) { idle_ = idle; }

  bool tls() const { return static_cast<bool>(line_.stream().tls()); }
  bool may_log_in() const;
  std::string capabilities() const;
  bool is_logged_in() const { return principal_.has_value(); }
  // Throws CommandError when the account has too many connections.
  void log_in(Principal principal);
  AccountId account() const { return principal_->account; }
  const std::string& address() const { return principal_->address; }
  wire::imap::ParseContext parse_context() const;
  // How long the client may take for the rest of a command that it has begun.
  io::Deadline command_deadline() const;

  Selected& selected() { return *selected_; }
  bool has_selected() const { return selected_.has_value(); }
  void select(Selected selected) { selected_.emplace(std::move(selected)); }
  void unselect() { selected_.reset(); }
  // Throws CommandError NO when the mailbox was opened by EXAMINE.
  void need_writable();
  // The mailbox of that name, or CommandError NO with this code.
  io::Task<Head> need_mailbox(std::string name, wire::imap::Code code);
  // Where to add messages, or CommandError NO [TRYCREATE].
  io::Task<Target> need_target(std::string name);

  // RFC 9051 6.3.1, 7162 3.1: what the client has enabled.
  struct Enabled {
    bool condstore = false;
    bool rev2 = false;
    bool utf8 = false;  // UTF8=ACCEPT
  };
  const Enabled& enabled() const { return enabled_; }
  Enabled& enable() { return enabled_; }
  bool utf8() const { return enabled_.rev2 || enabled_.utf8; }
  // A CONDSTORE-enabling command (RFC 7162 3.1): says HIGHESTMODSEQ the first time.
  void enable_condstore();

  // What happened to the selected mailbox, as far as the command may tell.
  void tell(bool expunges, bool uid);
  // The command at hand has told its client of this change itself.
  void told_own(int64_t modseq) { own_modseq_ = modseq; }
  // Waits a little after a wrong password; too many of them end the session.
  io::Task<void> slow_down();
  io::Deadline login_deadline() const { return login_until_; }
  // The handler has answered with the tag itself, and nothing more may be said.
  void mute_reply() { muted_ = true; }
  // Answers with the tag now, before the handler ends.
  void reply_early(const Reply& reply);
  uint64_t append_limit() const;
  // Ends the session after the current command; the BYE is written by the caller.
  void finish() { finished_ = true; }
  bool finished() const { return finished_; }
  // Brings the shared view up to date with a change of our own.
  io::Task<void> catch_up();

 private:
  io::Task<void> greet();
  io::Task<void> converse();
  // A session spends its life inside on_command() (IDLE), so what need not be in that coroutine's
  // frame is not: parsing is done by plain functions, and APPEND has a coroutine of its own.
  io::Task<void> on_frame(wire::imap::Frame& frame);
  [[gnu::noinline]] io::Task<void> on_append(const wire::imap::AppendPart& part);
  io::Task<void> on_command(std::string_view text);
  void on_frame_error(const wire::imap::FrameError& error);
  // Nothing: it was refused, and the client told.
  std::optional<wire::imap::Command> read_command(std::string_view text);
  bool is_in_order(const wire::imap::CommandRow& row);
  io::Task<Reply> start(const wire::imap::Command& command);
  // Runs the work and answers with the tag, whatever becomes of it.
  io::Task<void> answer(io::Task<Reply> work, uint8_t flags, bool uid);
  void tell_end(const std::string& why) const;
  CommandError unavailable(const std::exception& error) const;
  void write_answer(const Reply& reply, const std::optional<CommandError>& refusal);
  void refuse_with(const CommandError& error);
  io::Deadline patience() const;
  wire::imap::Limits limits() const;
  void bad(std::string_view tag, std::string_view text);

  Services services_;
  std::string id_;
  std::string peer_;
  Connection line_;
  std::string tag_;
  std::optional<Principal> principal_;
  std::optional<Guests::Place> place_;  // among the account's connections
  std::optional<Selected> selected_;
  Enabled enabled_;
  bool finished_ = false;
  bool muted_ = false;
  bool idle_ = false;
  int64_t own_modseq_ = 0;
  int failed_logins_ = 0;
  int faults_ = 0;  // bad commands in a row before login
  io::Deadline login_until_;
};

}  // namespace tegu::imapd
