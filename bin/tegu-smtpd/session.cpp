#include "session.h"

#include "base/log.h"
#include "base/text.h"

namespace tegu::smtpd {

using base::log::info;
using wire::smtp::Command;
using wire::smtp::Reply;
using wire::smtp::Verb;

Session::Session(const Context& context, Service service, io::Endpoint peer,
                 std::unique_ptr<io::Stream> stream, io::Scope& background)
    : context_(context),
      service_(std::move(service)),
      policy_(context.policy()),
      stream_(std::move(stream)),
      input_(*stream_),
      background_(background),
      stranger_deadline_(io::after(policy_->stranger_timeout)) {
  hop_.peer = peer;
  hop_.tls = stream_->tls();
  hop_.lmtp = is_lmtp();
  context_.metrics.sessions.add(1);
}

Session::~Session() {
  context_.metrics.sessions.add(-1);
}

std::span<const Session::Row> Session::table() {
  constexpr unsigned any = fresh | ready | mail_given | rcpt_given | in_chunks;
  constexpr unsigned known = any & ~fresh;
  static constexpr Row rows[] = {
      {Verb::helo, any, not_for_lmtp | ends_group | counts_as_junk, &Session::helo},
      {Verb::ehlo, any, not_for_lmtp | ends_group | counts_as_junk, &Session::ehlo},
      {Verb::lhlo, any, for_lmtp | ends_group | counts_as_junk, &Session::ehlo},
      {Verb::mail, ready, needs_login, &Session::mail},
      {Verb::rcpt, mail_given | rcpt_given, 0, &Session::rcpt},
      {Verb::data, rcpt_given, 0, &Session::data},
      {Verb::bdat, rcpt_given | in_chunks, has_octets, &Session::bdat},
      {Verb::rset, any, counts_as_junk, &Session::rset},
      {Verb::noop, any, counts_as_junk, &Session::noop},
      {Verb::quit, any, 0, &Session::quit},
      {Verb::vrfy, known, counts_as_junk, &Session::vrfy},
      {Verb::expn, known, counts_as_junk, &Session::expn},
      {Verb::help, any, counts_as_junk, &Session::help},
      {Verb::starttls, ready, not_for_lmtp | ends_group | needs_tls_layer, &Session::starttls},
      {Verb::auth, ready, submission_only, &Session::auth},
  };
  return rows;
}

io::Task<void> Session::run() {
  context_.metrics.connections.add();
  std::string_view why = "closed";
  bool timed_out = false;
  try {
    co_await converse();
  } catch (const io::TimedOut&) {
    timed_out = true;
    why = "timeout";
  } catch (const io::ConnectionLost&) {
    dead_ = true;
    why = "lost";
  } catch (const base::Error& error) {
    dead_ = true;
    why = "error";
    base::log::error("smtp.session_failed", {{"session", id_}, {"error", error.what()}});
  }
  transaction_.reset();
  if (timed_out && !dead_) {
    output_.clear();
    // RFC 5321 4.5.3.2
    close_with({421, "4.4.2", policy_->hostname + " Error: timeout, closing connection"});
  }
  try {
    if (!dead_) co_await flush();
  } catch (const base::Error&) {
    why = "lost";
  }
  log_end(why);
  dead_ = true;
  if (stream_) co_await stream_->close();  // a handshake that failed took it along
}

void Session::log_end(std::string_view why) {
  base::log::debug("smtp.disconnect", {{"session", id_},
                                       {"service", service_.name},
                                       {"peer", hop_.peer.address()},
                                       {"letters", letters_},
                                       {"errors", errors_},
                                       {"why", why}});
}

io::Task<void> Session::say_goodbye() {
  if (dead_) co_return;
  transaction_.reset();
  output_ += format(Reply{421, "4.3.2", policy_->hostname + " Service is shutting down"});
  try {
    co_await flush();
  } catch (const base::Error&) {
    // The peer is gone already; it would have been told to come back.
    dead_ = true;
  }
  dead_ = true;
  co_await stream_->close();
}

io::Task<void> Session::converse() {
  co_await greet();
  while (!closing_) {
    if (draining_) {
      close_with({421, "4.3.2", policy_->hostname + " Service is shutting down"});
      co_return;
    }
    auto line = co_await read_line(wire::smtp::max_auth_line);
    if (!line) co_return;
    co_await execute(std::move(*line));
  }
}

io::Task<void> Session::greet() {
  base::log::debug("smtp.connect", {{"session", id_},
                                    {"service", service_.name},
                                    {"peer", hop_.peer.address()},
                                    {"port", static_cast<int>(hop_.peer.port())}});
  // RFC 5321 3.1: a client waits for the greeting. Who talks first is a spam engine, or speaks
  // another protocol at us.
  if (service_.kind == Kind::mx) {
    bool early = false;
    try {
      bool more = co_await input_.fill(io::after(policy_->greet_delay));
      early = more;
      if (!more) closing_ = dead_ = true;
    } catch (const io::TimedOut&) {
      early = false;
    }
    if (early) {
      info("smtp.early_talker", {{"session", id_}, {"peer", hop_.peer.address()}});
      close_with({554, "5.5.0", policy_->hostname + " Error: you spoke before the greeting"});
    }
    if (closing_) co_return;
  }
  look_up_name();
  queue_reply({220, "", policy_->hostname + (is_lmtp() ? " LMTP Tegu" : " ESMTP Tegu")});
}

void Session::look_up_name() {
  if (context_.names != nullptr && hop_.peer) background_.spawn(keep_name());
}

io::Task<void> Session::keep_name() {
  try {
    hop_.client_name =
        co_await context_.names->name_of(hop_.peer, io::after(std::chrono::seconds(5)));
  } catch (const base::Error& error) {
    // The name is decoration: "unknown" serves as well.
    base::log::debug("smtp.reverse_failed", {{"session", id_}, {"error", error.what()}});
  }
}

io::Task<void> Session::execute(std::string line) {
  Command command = wire::smtp::split_command(line);
  const Row* row = wire::smtp::find_row(table(), command.verb);
  std::optional<Reply> refusal = check(row, command);
  if (!refusal) {
    try {
      co_await (this->*row->handler)(command.arguments);
    } catch (CommandError& error) {
      refusal = std::move(error.reply);
    }
  }
  if (!refusal || closing_) co_return;
  // RFC 3030 2: the octets of a refused chunk still come.
  if (row != nullptr && (row->flags & has_octets) != 0) {
    transaction_.reset();
    bool lost_count = !co_await skip_chunk(command.arguments);
    if (closing_) co_return;
    if (lost_count) {
      close_with(*refusal);
      co_return;
    }
  }
  co_await reply(std::move(*refusal));
}

std::optional<Reply> Session::check(const Row* row, const Command& command) {
  unsigned flags = row != nullptr ? row->flags : 0;
  bool wrong_door = (flags & (is_lmtp() ? not_for_lmtp : for_lmtp)) != 0 ||
                    ((flags & submission_only) != 0 && !is_submission());
  if (row == nullptr || wrong_door) {
    // A browser or a TLS client was led here (ALPACA): nothing good can follow.
    constexpr std::string_view http[] = {"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"};
    for (std::string_view method : http) {
      if (command.word == method) {
        close_with({421, "4.7.0", policy_->hostname + " This is not a web server"});
        return Reply{421, "", ""};
      }
    }
    return Reply{500, "5.5.2", "Command not known"};
  }
  if (command.verb != Verb::auth &&
      command.arguments.size() + command.word.size() + 3 > wire::smtp::max_command_line)
    return Reply{500, "5.5.2", "Line too long"};
  if ((flags & ends_group) != 0 && !input_.view().empty()) {
    // RFC 3207 4.2: what was sent in the clear behind STARTTLS may come from somebody else.
    close_with(
        {503, "5.5.0",
         "Protocol out of step: wait for the reply to " + std::string(verb_name(command.verb))});
    return Reply{503, "", ""};
  }
  if ((flags & counts_as_junk) != 0 && ++junk_ > policy_->junk_commands) ++errors_;
  if ((flags & needs_login) != 0 && is_submission() && login_.empty())
    return Reply{530, "5.7.0", "Authentication required"};
  if ((flags & needs_tls_layer) != 0 && !context_.tls.available())
    return Reply{502, "5.5.1", "No TLS here"};
  if ((row->states & state()) == 0)
    return Reply{503, "5.5.1",
                 state() == fresh ? "Say hello first" : "Not now: bad sequence of commands"};
  return {};
}

std::string Session::describe() const {
  if (!transaction_) return greeted_ ? "idle" : "new";
  std::string sender = "<" + format(transaction_->envelope().reverse_path) + ">";
  if (transaction_->begun())
    return "DATA " + sender + " " + std::to_string(transaction_->received());
  return "MAIL " + sender + " " + std::to_string(transaction_->accepted());
}

unsigned Session::state() const {
  if (!greeted_) return fresh;
  if (!transaction_) return ready;
  if (transaction_->begun()) return in_chunks;
  return transaction_->accepted() == 0 ? mail_given : rcpt_given;
}

}  // namespace tegu::smtpd
