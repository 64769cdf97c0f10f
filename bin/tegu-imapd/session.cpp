#include "session.h"

#include "base/error.h"
#include "base/log.h"
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

// Bad commands before login after which we hang up: guessers and other protocols (ALPACA).
constexpr int max_faults = 3;

bool is_other_protocol(std::string_view line) {
  for (std::string_view verb :
       {"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "CONNECT ", "EHLO ", "HELO "})
    if (line.starts_with(verb)) return true;
  return false;
}

// UID FETCH and the like.
bool speaks_of_uids(const Command& command) {
  return std::visit(
      [](const auto& arguments) {
        if constexpr (requires { arguments.uid; })
          return arguments.uid;
        else if constexpr (requires { arguments.uids; })
          return arguments.uids.has_value();
        else
          return false;
      },
      command.arguments);
}

io::Task<void> nothing() {
  co_return;
}

}  // namespace

Session::Session(Services services, std::unique_ptr<io::Stream> stream, std::string peer,
                 int socket)
    : services_(services),
      id_(base::random_name(10)),
      peer_(std::move(peer)),
      line_(services.scope.loop(), std::move(stream), socket),
      login_until_(io::after(services.world.settings().duration("imap.login_timeout"))) {}

io::Task<void> Session::run() {
  std::string why = "client left";
  bool cancelled = false;
  try {
    co_await greet();
    co_await converse();
  } catch (const io::Cancelled&) {
    cancelled = true;
  } catch (const base::Error& error) {
    why = error.what();
  }
  tell_end(why);
  selected_.reset();
  place_.reset();
  if (cancelled) throw io::Cancelled();
  co_await line_.close();
}

// Log lines are written by functions of their own: their fields would live in the frames of
// coroutines as long as these do.
void Session::tell_end(const std::string& why) const {
  if (principal_) base::log::info("imap.end", {{"session", id_}, {"why", why}});
}

CommandError Session::unavailable(const std::exception& error) const {
  base::log::error("imap.command_failed", {{"session", id_}, {"error", error.what()}});
  return {Code::unavailable, "Try again later"};
}

io::Task<void> Session::greet() {
  write_status(out(), "*", Condition::ok, "CAPABILITY " + capabilities(), "Tegu is ready");
  co_await line_.flush();
}

io::Task<void> Session::converse() {
  while (!finished_) {
    bool timed_out = false;
    std::optional<Frame> frame;
    try {
      frame = co_await line_.next(patience(), Connection::Wait::interruptible);
    } catch (const io::TimedOut&) {
      timed_out = true;
    }
    if (timed_out) {
      write_status(out(), "*", Condition::bye, Code::none,
                   is_logged_in() ? "Idle for too long" : "Too long without a login");
      co_await line_.flush();
      co_return;
    }
    if (!frame && !line_.interrupted()) co_return;
    if (frame) co_await on_frame(*frame);
    if (line_.interrupted() && !finished_) {
      write_status(out(), "*", Condition::bye, Code::unavailable, "The server restarts");
      finished_ = true;
    }
  }
  co_await line_.flush();
}

io::Task<void> Session::on_frame(Frame& frame) {
  if (auto* command = std::get_if<CommandText>(&frame)) return on_command(command->text);
  // Seen before it is whole: its messages are streamed (framer.h).
  if (auto* part = std::get_if<AppendPart>(&frame)) return on_append(*part);
  if (auto* error = std::get_if<FrameError>(&frame)) on_frame_error(*error);
  return nothing();
}

io::Task<void> Session::on_append(const AppendPart& part) {
  auto start = parse_append_start(part.text, parse_context());
  tag_ = start ? start->tag : start.error().tag;
  std::string fault = start ? "" : start.error().text;
  if (!is_logged_in()) fault = "Log in first";
  if (fault.empty()) {
    co_await answer(handle_append(*this, std::move(*start), part), 0, false);
    co_return;
  }
  line_.framer().refuse();
  auto refused = co_await line_.next(patience());
  if (!refused) co_return;
  bad(tag_, fault);
  if (auto* error = std::get_if<FrameError>(&*refused)) on_frame_error(*error);
}

void Session::on_frame_error(const FrameError& error) {
  if (!error.close) {
    bad(error.tag, error.text);
    return;
  }
  write_status(out(), "*", Condition::bye, Code::none, error.text);
  finished_ = true;
}

io::Task<void> Session::on_command(std::string_view text) {
  auto command = read_command(text);
  if (!command) co_return;
  co_await answer(start(*command), command->row->flags, speaks_of_uids(*command));
}

std::optional<Command> Session::read_command(std::string_view text) {
  if (!is_logged_in() && is_other_protocol(text)) {
    write_status(out(), "*", Condition::bye, Code::none, "This is IMAP");
    finished_ = true;
    return std::nullopt;
  }
  auto command = parse_command(text, parse_context());
  if (!command) {
    const ParseError& error = command.error();
    if (error.bad_charset) {
      write_status(out(), error.tag, Condition::no, Code::bad_charset, error.text);
      services_.metrics.commands_no.add();
    } else {
      bad(error.tag, error.text);
    }
    return std::nullopt;
  }
  tag_ = command->tag;
  if (!is_in_order(*command->row)) return std::nullopt;
  return std::move(*command);
}

bool Session::is_in_order(const CommandRow& row) {
  uint8_t state = !is_logged_in()  ? not_authenticated
                  : has_selected() ? wire::imap::State::selected
                                   : authenticated;
  if ((row.states & state) != 0) return true;
  bool wants_selected = (row.states & wire::imap::State::selected) != 0;
  bad(tag_, !is_logged_in()  ? "Log in first"
            : wants_selected ? "Select a mailbox first"
                             : "You are logged in already");
  return false;
}

io::Task<Reply> Session::start(const Command& command) {
  return std::visit([&](const auto& arguments) { return handle(*this, arguments); },
                    command.arguments);
}

io::Task<void> Session::answer(io::Task<Reply> work, uint8_t flags, bool uid) {
  std::optional<CommandError> refusal;
  Reply reply;
  try {
    reply = co_await std::move(work);
  } catch (CommandError& error) {
    refusal = std::move(error);
  } catch (const io::ConnectionLost&) {
    throw;
  } catch (const io::TimedOut&) {
    throw;
  } catch (const base::Error& error) {
    // The world is broken, not the session: RFC 5530 UNAVAILABLE.
    refusal = unavailable(error);
  }
  // RFC 9051 7.5.1: UID FETCH, UID STORE and UID SEARCH may come with EXPUNGE; after the tagged
  // answer there is none.
  if (!muted_) tell(uid || (flags & no_expunges) == 0, uid);
  write_answer(reply, refusal);
  co_await line_.drain();
}

void Session::write_answer(const Reply& reply, const std::optional<CommandError>& refusal) {
  if (refusal) return refuse_with(*refusal);
  faults_ = 0;
  if (!muted_) reply_early(reply);
  muted_ = false;
}

void Session::reply_early(const Reply& reply) {
  write_status(out(), tag_, Condition::ok, reply.code, reply.text);
  services_.metrics.commands_ok.add();
  muted_ = true;
}

void Session::refuse_with(const CommandError& error) {
  if (error.condition == Condition::bad) {
    bad(tag_, error.text);
    return;
  }
  write_status(out(), tag_, error.condition, error.code, error.text);
  services_.metrics.commands_no.add();
}

void Session::bad(std::string_view tag, std::string_view text) {
  write_status(out(), tag, Condition::bad, Code::none, text);
  services_.metrics.commands_bad.add();
  if (is_logged_in() || ++faults_ < max_faults) return;
  write_status(out(), "*", Condition::bye, Code::none, "Too many bad commands");
  finished_ = true;
}

io::Deadline Session::patience() const {
  if (!is_logged_in()) return login_until_;
  return io::after(services_.world.settings().duration("imap.idle_timeout"));
}

std::string Session::state_text() const {
  if (!is_logged_in()) return "login";
  std::string text = idle_ ? "IDLE" : "";
  if (!selected_) return text;
  if (idle_) text += ' ';
  return text + selected_->name();
}

io::Deadline Session::command_deadline() const {
  return io::after(services_.world.settings().duration("imap.command_timeout"));
}

bool Session::may_log_in() const {
  return tls() || services_.world.settings().flag("imap.allow_plaintext_auth");
}

std::string Session::capabilities() const {
  std::string list = "IMAP4rev1 IMAP4rev2 SASL-IR ID ENABLE ";
  if (!is_logged_in()) {
    list += "LITERAL-";
    if (!tls() && services_.world.offers_tls()) list += " STARTTLS";
    list += may_log_in() ? " AUTH=PLAIN" : " LOGINDISABLED";
    return list;
  }
  return list +
         "LITERAL+ IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MULTIAPPEND BINARY MOVE CONDSTORE "
         "ESEARCH SEARCHRES WITHIN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE "
         "STATUS=SIZE OBJECTID SAVEDATE QUOTA QUOTA=RES-STORAGE APPENDLIMIT=" +
         std::to_string(append_limit());
}

void Session::log_in(Principal principal) {
  auto most = services_.world.settings().number("imap.connections_per_user");
  Guests::Place place = services_.guests.enter(principal.account, static_cast<size_t>(most));
  if (!place) refuse(Code::limit, "You have too many connections already");
  place_.emplace(std::move(place));
  base::log::info("imap.login", {{"session", id_},
                                 {"account", principal.account.value},
                                 {"address", principal.address},
                                 {"peer", peer_},
                                 {"tls", line_.stream().tls().version}});
  principal_ = std::move(principal);
  line_.framer().set_limits(limits());
}

io::Task<void> Session::slow_down() {
  co_await io::sleep_for(services_.world.settings().duration("imap.login_failure_delay"));
  if (++failed_logins_ < services_.world.settings().number("imap.login_failure_limit")) co_return;
  write_status(out(), "*", Condition::bye, Code::none, "Too many wrong passwords");
  finished_ = true;
}

uint64_t Session::append_limit() const {
  return static_cast<uint64_t>(services_.world.settings().number("smtp.message_size_limit"));
}

Limits Session::limits() const {
  if (!is_logged_in()) return Limits::before_login();
  base::Settings settings = services_.world.settings();
  Limits limits = Limits::after_login();
  limits.line = static_cast<size_t>(settings.number("imap.line_limit"));
  limits.command = static_cast<size_t>(settings.number("imap.literal_limit"));
  limits.depth = static_cast<unsigned>(settings.number("imap.search_depth"));
  return limits;
}

ParseContext Session::parse_context() const {
  return {.limits = limits(), .utf8 = utf8()};
}

void Session::need_writable() {
  if (selected_->read_only()) refuse(Code::no_perm, "The mailbox was opened read-only");
}

io::Task<Head> Session::need_mailbox(std::string name, Code code) {
  auto head = co_await services_.store.find(account(), std::move(name));
  if (!head) refuse(code, "There is no such mailbox");
  co_return std::move(*head);
}

io::Task<Target> Session::need_target(std::string name) {
  auto target = co_await services_.store.find_target(account(), std::move(name));
  if (!target) refuse(Code::try_create, "There is no such mailbox");
  co_return std::move(*target);
}

void Session::enable_condstore() {
  if (enabled_.condstore) return;
  enabled_.condstore = true;
  if (!selected_) return;
  // RFC 7162 3.1.
  write_status(out(), "*", Condition::ok,
               "HIGHESTMODSEQ " + std::to_string(selected_->view().modseq()), "CONDSTORE is on");
}

void Session::tell(bool expunges, bool uid) {
  if (!selected_) return;
  selected_->tell(out(), {.expunges = expunges,
                          .uid = uid || enabled_.condstore || enabled_.rev2,
                          .mod_seq = enabled_.condstore,
                          .own_modseq = std::exchange(own_modseq_, 0)});
  if (!selected_->gone() || finished_) return;
  // RFC 2180 3.3: the client's picture cannot be mended.
  write_status(out(), "*", Condition::bye, Code::none, "The selected mailbox was deleted");
  finished_ = true;
}

io::Task<void> Session::catch_up() {
  co_await services_.views.refresh(selected_->share());
}

}  // namespace tegu::imapd
