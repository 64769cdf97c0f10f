// Session: one SMTP or LMTP connection from greeting to goodbye. Reads a command, looks it up in
// the table, checks state and rights, and calls the handler; each handler is in the file named
// after its command. RFC 5321, RFC 2033 (LMTP), RFC 2920 (PIPELINING), RFC 6409 (submission).
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "context.h"
#include "intake.h"
#include "io/buffered.h"
#include "io/scope.h"
#include "transaction.h"
#include "wire/sasl/mechanism.h"
#include "wire/smtp/command.h"
#include "wire/smtp/line_framer.h"
#include "wire/smtp/reply.h"

namespace tegu::smtpd {

// Thrown by a handler that refuses; the dispatcher turns it into the reply.
struct CommandError {
  wire::smtp::Reply reply;
};

class Session {
 public:
  // `background` runs what goes on beside the session (the reverse look-up); its owner cancels it
  // when run() has ended. It and the context must outlive the session.
  Session(const Context& context, Service service, io::Endpoint peer,
          std::unique_ptr<io::Stream> stream, io::Scope& background);
  ~Session();
  Session(const Session&) = delete;

  // To the end of the connection. Throws only Cancelled.
  io::Task<void> run();

  // The daemon stops: after the present command say 421 and end. An idle session does not notice by
  // itself: cancel run(), then await say_goodbye().
  void drain() { draining_ = true; }
  bool idle() const { return idle_; }
  io::Task<void> say_goodbye();

  const std::string& id() const { return id_; }
  const io::Endpoint& peer() const { return hop_.peer; }
  const std::string& login() const { return login_; }
  const Service& service() const { return service_; }
  // For `status --sessions`: "MAIL a@b.org", "idle" ...
  std::string describe() const;

 private:
  using Handler = io::Task<void> (Session::*)(std::string_view arguments);
  using Row = wire::smtp::CommandRow<Handler>;
  // Where the session stands.
  enum State : unsigned { fresh = 1, ready = 2, mail_given = 4, rcpt_given = 8, in_chunks = 16 };
  enum Flag : unsigned {
    needs_login = 1,   // on submission
    for_lmtp = 2,      // only there
    not_for_lmtp = 4,  // everywhere else
    ends_group = 8,    // no input may wait behind it (RFC 2920 3.1)
    counts_as_junk = 16,
    has_octets = 32,  // BDAT: a refused one is followed by its octets all the same
    needs_tls_layer = 64,
    submission_only = 128,
  };
  static std::span<const Row> table();

  // session.cpp
  io::Task<void> converse();
  io::Task<void> greet();
  io::Task<void> execute(std::string line);
  std::optional<wire::smtp::Reply> check(const Row* row, const wire::smtp::Command& command);
  unsigned state() const;
  void look_up_name();
  io::Task<void> keep_name();
  void log_end(std::string_view why);

  // stream.cpp: lines in, replies out
  // A complete command or response line; nothing at the end of the connection, or when the peer was
  // told off and must go.
  io::Task<std::optional<std::string>> read_line(size_t limit);
  // More octets into input_; throws ConnectionLost at the end.
  io::Task<void> fill(io::Deadline deadline);
  // Counts errors and slows the peer down.
  io::Task<void> reply(wire::smtp::Reply reply);
  void queue_reply(const wire::smtp::Reply& reply);
  io::Task<void> flush();
  // Tells the peer why, and ends the session after it.
  void close_with(const wire::smtp::Reply& reply);
  io::Deadline command_deadline() const;

  // hello.cpp
  io::Task<void> helo(std::string_view arguments);
  io::Task<void> ehlo(std::string_view arguments);
  io::Task<void> greet_client(std::string_view arguments, bool extended);
  std::string extensions() const;
  // mail.cpp
  io::Task<void> mail(std::string_view arguments);
  io::Task<void> check_sender(const wire::smtp::Address& sender);
  // rcpt.cpp
  io::Task<void> rcpt(std::string_view arguments);
  io::Task<wire::peer::RcptAnswer> ask_recipient(const wire::smtp::Address& address);
  wire::smtp::Reply take_recipient(wire::smtp::RcptArguments recipient,
                                   wire::peer::RcptAnswer answer);
  // data.cpp
  io::Task<void> data(std::string_view arguments);
  // False: the peer was told off and must go.
  io::Task<bool> receive_letter();
  io::Task<bool> more_of_letter(Intake& intake);
  // `replies`: how often the outcome is told. RFC 2033 4.2: LMTP answers once for each recipient;
  // the queue takes all of them or none.
  io::Task<void> finish_letter(size_t replies);
  io::Task<wire::smtp::Reply> hand_over();
  // bdat.cpp
  io::Task<void> bdat(std::string_view arguments);
  // Null: the octets are thrown away. False: the peer was told off.
  io::Task<bool> receive_chunk(uint64_t size, Transaction* letter);
  // False: nobody knows where the next command begins, or the peer was told off.
  io::Task<bool> skip_chunk(std::string_view arguments);
  // auth.cpp
  io::Task<void> auth(std::string_view arguments);
  io::Task<std::optional<wire::sasl::Credentials>> exchange(wire::smtp::AuthArguments arguments);
  io::Task<void> log_in(wire::sasl::Credentials credentials);
  io::Task<void> refuse_login(std::string_view login, std::string_view why);
  // starttls.cpp
  io::Task<void> starttls(std::string_view arguments);
  // other.cpp
  io::Task<void> rset(std::string_view arguments);
  io::Task<void> noop(std::string_view arguments);
  io::Task<void> quit(std::string_view arguments);
  io::Task<void> vrfy(std::string_view arguments);
  io::Task<void> expn(std::string_view arguments);
  io::Task<void> help(std::string_view arguments);

  bool is_submission() const { return service_.kind == Kind::submission; }
  bool is_lmtp() const { return service_.kind == Kind::lmtp; }
  bool is_stranger() const { return login_.empty() && !is_lmtp(); }
  template <class T>
  static T taken(wire::smtp::Parsed<T> parsed) {
    if (!parsed) throw CommandError{std::move(parsed.error())};
    if constexpr (!std::is_void_v<T>) return std::move(*parsed);
  }

  const Context& context_;
  Service service_;
  std::shared_ptr<const Policy> policy_;
  std::string id_ = base::random_name(10);
  std::unique_ptr<io::Stream> stream_;
  io::BufferedReader input_;
  io::Scope& background_;
  wire::smtp::LineFramer framer_;
  std::string output_;

  Hop hop_;
  bool greeted_ = false;  // HELO, EHLO or LHLO was said
  base::AccountId account_;
  std::string login_;
  std::unique_ptr<Transaction> transaction_;

  bool idle_ = false;
  bool draining_ = false;
  bool closing_ = false;  // after the output is flushed
  bool dead_ = false;     // nothing can be said any more
  size_t letters_ = 0;
  int errors_ = 0;
  int junk_ = 0;
  int auth_failures_ = 0;
  io::Deadline stranger_deadline_;  // moves on by the time that letters take
};

}  // namespace tegu::smtpd
